"""The spatial autoencoder: diffusers' AutoencoderKL, frame by frame.

Tensors are (frames, channels, height, width).
"""

from typing import Dict, List, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from .attention import attention
from .group_norm import group_norm_2d

_EPS = 1e-6


class ResnetBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, eps=_EPS)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, outputs, eps=_EPS)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv1(group_norm_2d(x, self.norm1, silu=True))
        h = self.conv2(group_norm_2d(h, self.norm2, silu=True))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h


class MidAttention(nn.Module):
    """One head over all positions of a frame."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, eps=_EPS)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames, channels, height, width = x.shape
        h = group_norm_2d(x, self.group_norm, silu=False).permute(0, 2, 3, 1).reshape(frames, -1, channels)
        mixed = attention(self.to_q(h)[:, None], self.to_k(h)[:, None], self.to_v(h)[:, None])[:, 0]
        return x + self.to_out[0](mixed).view(frames, height, width, channels).permute(0, 3, 1, 2)


class MidBlock(nn.Module):
    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.attentions = nn.ModuleList([MidAttention(channels, groups)])
        self.resnets = nn.ModuleList([ResnetBlock(channels, channels, groups) for _ in range(2)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Downsampler(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsampler(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """The blocks of one resolution, with the step to the next in `samplers`, a list of none or one."""

    def __init__(self, resnets: List[ResnetBlock], name: str, samplers: List[nn.Module]) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        self.sampler_name = name if samplers else None
        if samplers:
            setattr(self, name, nn.ModuleList(samplers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        return x if self.sampler_name is None else getattr(self, self.sampler_name)[0](x)


class Encoder(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        widths, groups = config["block_out_channels"], config["norm_num_groups"]
        latent = config["latent_channels"]
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.down_blocks, inputs = nn.ModuleList(), widths[0]
        for index, width in enumerate(widths):
            blocks = config["layers_per_block"]
            resnets = [ResnetBlock(inputs if i == 0 else width, width, groups) for i in range(blocks)]
            samplers = [Downsampler(width)] if index < len(widths) - 1 else []
            self.down_blocks.append(Level(resnets, "downsamplers", samplers))
            inputs = width
        self.mid_block = MidBlock(inputs, groups)
        self.conv_norm_out = nn.GroupNorm(groups, inputs, eps=_EPS)
        self.conv_out = nn.Conv2d(inputs, 2 * latent, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for level in self.down_blocks:
            x = level(x)
        return self.conv_out(group_norm_2d(self.mid_block(x), self.conv_norm_out, silu=True))


class Decoder(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        widths, groups = config["block_out_channels"][::-1], config["norm_num_groups"]
        self.conv_in = nn.Conv2d(config["latent_channels"], widths[0], 3, padding=1)
        self.mid_block = MidBlock(widths[0], groups)
        self.up_blocks, inputs = nn.ModuleList(), widths[0]
        for index, width in enumerate(widths):
            blocks = config["layers_per_block"] + 1
            resnets = [ResnetBlock(inputs if i == 0 else width, width, groups) for i in range(blocks)]
            samplers = [Upsampler(width)] if index < len(widths) - 1 else []
            self.up_blocks.append(Level(resnets, "upsamplers", samplers))
            inputs = width
        self.conv_norm_out = nn.GroupNorm(groups, inputs, eps=_EPS)
        self.conv_out = nn.Conv2d(inputs, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mid_block(self.conv_in(x))
        for level in self.up_blocks:
            x = level(x)
        return self.conv_out(group_norm_2d(x, self.conv_norm_out, silu=True))


class AutoencoderKL(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        latent = config["latent_channels"]
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.quant_conv = nn.Conv2d(2 * latent, 2 * latent, 1)
        self.post_quant_conv = nn.Conv2d(latent, latent, 1)

    def moments(self, pixels: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """pixels (frames, 3, height, width) in [-1, 1] -> mean and log-variance, an eighth of the size."""
        mean, log_variance = self.quant_conv(self.encoder(pixels)).chunk(2, 1)
        return mean, log_variance

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.post_quant_conv(latent))
