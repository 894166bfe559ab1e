"""The temporal autoencoder: causal 3-D convolutions over chunks of frame latents, four frames to one.

Tensors are (chunks, frames, height, width, channels). A 3x3x3 convolution runs as a 3x3 one over three
neighbouring frames side by side in the channels: the same sums, on the fast path of 2-D convolutions in the
channels-last layout.
"""

from typing import Dict, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from .group_norm import group_norm


class CausalConv3d(nn.Module):
    """Pads with zeros: in space on all sides, in time in front only."""

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, bias: bool = True, time_stride: int = 1
    ) -> None:
        super().__init__()
        self.size, self.time_stride = size, time_stride
        self.conv = nn.Conv3d(inputs, outputs, size, stride=(time_stride, 1, 1), bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight, bias = self.conv.weight, self.conv.bias
        if self.size == 1:
            return F.linear(x, weight.view(weight.shape[0], -1), bias)
        size, stride = self.size, self.time_stride
        lead = (size - 1) + (1 - stride)
        frames = (x.shape[1] + lead - size) // stride + 1
        x = F.pad(x, (0, 0, 0, 0, 0, 0, lead, 0))
        last = stride * (frames - 1) + 1
        x = torch.cat([x[:, tap : tap + last : stride] for tap in range(size)], -1)
        weight = weight.permute(0, 2, 1, 3, 4).flatten(1, 2).contiguous(memory_format=torch.channels_last)
        y = F.conv2d(x.flatten(0, 1).permute(0, 3, 1, 2), weight, bias, padding=size // 2)
        return y.permute(0, 2, 3, 1).reshape(x.shape[0], frames, x.shape[2], x.shape[3], -1)


class ResBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs), CausalConv3d(inputs, outputs, bias=False)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs), CausalConv3d(outputs, outputs, bias=False)
        self.conv3 = CausalConv3d(inputs, outputs, size=1, bias=False) if inputs != outputs else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv1(group_norm(x, self.norm1, silu=True))
        h = self.conv2(group_norm(h, self.norm2, silu=True))
        return (x if self.conv3 is None else self.conv3(x)) + h


def _res_blocks(inputs: int, outputs: int, count: int, groups: int) -> nn.ModuleList:
    return nn.ModuleList([ResBlock(inputs if i == 0 else outputs, outputs, groups) for i in range(count)])


def _run(blocks: nn.ModuleList, x: torch.Tensor) -> torch.Tensor:
    for block in blocks:
        x = block(x)
    return x


class Encoder(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        filters, count, groups = config["filters"], config["num_res_blocks"], config["num_groups"]
        multipliers, halves = config["channel_multipliers"], config["temporal_downsample"]
        self.conv_in = CausalConv3d(config["in_out_channels"], filters, bias=False)
        self.block_res_blocks, self.conv_blocks, inputs = nn.ModuleList(), nn.ModuleList(), filters
        for level, multiplier in enumerate(multipliers):
            outputs = filters * multiplier
            self.block_res_blocks.append(_res_blocks(inputs, outputs, count, groups))
            if level < len(multipliers) - 1:
                step = CausalConv3d(outputs, outputs, time_stride=2) if halves[level] else nn.Identity()
                self.conv_blocks.append(step)
            inputs = outputs
        self.res_blocks = _res_blocks(inputs, inputs, count, groups)
        self.norm1 = nn.GroupNorm(groups, inputs)
        self.conv2 = CausalConv3d(inputs, 2 * config["latent_embed_dim"], size=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for level, blocks in enumerate(self.block_res_blocks):
            x = _run(blocks, x)
            if level < len(self.conv_blocks):
                x = self.conv_blocks[level](x)
        return self.conv2(group_norm(_run(self.res_blocks, x), self.norm1, silu=True))


def _channels_to_time(x: torch.Tensor) -> torch.Tensor:
    """(chunks, frames, h, w, 2 c) -> (chunks, 2 frames, h, w, c); of each pair of channels, one a frame."""
    chunks, frames, height, width, channels = x.shape
    x = x.view(chunks, frames, height, width, channels // 2, 2).permute(0, 1, 5, 2, 3, 4)
    return x.reshape(chunks, 2 * frames, height, width, channels // 2)


class Decoder(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        filters, count, groups = config["filters"], config["num_res_blocks"], config["num_groups"]
        multipliers, self.doubles = config["channel_multipliers"], list(config["temporal_downsample"])
        inputs = filters * multipliers[-1]
        self.conv1 = CausalConv3d(config["latent_embed_dim"], inputs)
        self.res_blocks = _res_blocks(inputs, inputs, count, groups)
        levels, steps = [], []
        for level in reversed(range(len(multipliers))):
            outputs = filters * multipliers[level]
            levels.insert(0, _res_blocks(inputs, outputs, count, groups))
            if level > 0:
                doubles = self.doubles[level - 1]
                steps.insert(0, CausalConv3d(outputs, 2 * outputs) if doubles else nn.Identity())
            inputs = outputs
        self.block_res_blocks, self.conv_blocks = nn.ModuleList(levels), nn.ModuleList(steps)
        self.norm1 = nn.GroupNorm(groups, inputs)
        self.conv_out = CausalConv3d(inputs, config["in_out_channels"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = _run(self.res_blocks, self.conv1(x))
        for level in reversed(range(len(self.block_res_blocks))):
            x = _run(self.block_res_blocks[level], x)
            if level > 0 and self.doubles[level - 1]:
                x = _channels_to_time(self.conv_blocks[level - 1](x))
        return self.conv_out(group_norm(x, self.norm1, silu=True))


class TemporalVae(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        latent, embed = config["latent_embed_dim"], config["embed_dim"]
        self.time_factor = 2 ** sum(config["temporal_downsample"])
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.quant_conv = CausalConv3d(2 * latent, 2 * embed, size=1)
        self.post_quant_conv = CausalConv3d(embed, latent, size=1)

    def moments(self, x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        """x (chunks, frames, h, w, c) -> mean and log-variance (chunks, ceil(frames / 4), h, w, c)."""
        lead = -x.shape[1] % self.time_factor
        mean, log_variance = self.quant_conv(self.encoder(F.pad(x, (0, 0, 0, 0, 0, 0, lead, 0)))).chunk(2, -1)
        return mean, log_variance

    def decode(self, latent: torch.Tensor, frames: int) -> torch.Tensor:
        """latent (chunks, latent frames, h, w, c) -> (chunks, frames, h, w, c)."""
        return self.decoder(self.post_quant_conv(latent))[:, -frames % self.time_factor :]
