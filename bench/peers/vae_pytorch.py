"""The decoder of Open-Sora v1.2's video autoencoder in PyTorch, and its cases.

Sizes in the cases' names: F or T frames, H x W positions, C channels, O channels out; in decode, N
frames of H x W pixels. All tensors are in the channels-last layout, the fastest on a CPU.
"""

from functools import lru_cache
from typing import Any, Callable, Dict, List, Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from transformer_blocks_pytorch import Linear, attention, draw

Run = Callable[[], Any]

SPATIAL_CHANNELS, SPATIAL_RESNETS = (128, 256, 512, 512), 3
TEMPORAL_CHANNELS, TEMPORAL_RESNETS = (128, 256, 256, 512), 4
DOUBLES_FRAMES = (False, True, True)  # between one level of the temporal decoder and the next
LATENT_CHANNELS, NORM_GROUPS = 4, 32
SPATIAL_EPSILON, TEMPORAL_EPSILON = 1e-6, 1e-5
LATENT_SCALE, LATENT_SHIFT = (3.85, 2.32, 2.33, 3.06), (-0.10, 0.34, 0.27, 0.98)
SPATIAL_SCALE = 0.18215  # between the two autoencoders
FRAMES_A_CHUNK, FRAMES_A_LATENT = 17, 4
FRAMES_AT_ONCE = 4  # through the spatial decoder
PIXELS_A_LATENT = 8  # along each side


class UnfitSizes(ValueError):
    """There is no case of these sizes."""


class Conv2d(nn.Conv2d):
    def reset_parameters(self) -> None:
        draw(self.weight)
        draw(self.bias)


class CausalConv3d(nn.Conv3d):
    """Keeps the size: zeros around each frame and in front of the first, none behind the last."""

    def __init__(self, inputs: int, outputs: int, size: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, size, padding=(0, size // 2, size // 2), bias=bias)

    def reset_parameters(self) -> None:
        draw(self.weight)
        draw(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        frames_before = self.kernel_size[0] - 1
        if frames_before > 0:
            x = F.pad(x, (0, 0, 0, 0, frames_before, 0))
        return super().forward(x)


@lru_cache(maxsize=None)
def _bf16_norm_is_exact() -> bool:
    """Whether group norm adds up bf16 in f32. PyTorch 1.13 does not in the channels-last layout:
    there sums of ones stop growing at 256, and the norm of a constant is far from zero."""
    ones = torch.ones(1, 1, 64, 64, dtype=torch.bfloat16).expand(1, 32, 64, 64)
    ones = ones.contiguous(memory_format=torch.channels_last)
    weight, bias = torch.ones(32, dtype=torch.bfloat16), torch.zeros(32, dtype=torch.bfloat16)
    return bool(F.group_norm(ones, 32, weight, bias).abs().max() < 0.1)


class GroupNorm(nn.GroupNorm):
    def forward(self, x: Tensor, silu: bool = True) -> Tensor:
        if _bf16_norm_is_exact():
            y = super().forward(x)
        else:
            weight, bias = self.weight.float(), self.bias.float()
            y = F.group_norm(x.float(), self.num_groups, weight, bias, self.eps)
        return (F.silu(y, inplace=True) if silu else y).to(x.dtype)


class SpatialResnet(nn.Module):
    """x (frames, channels, height, width)."""

    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1 = GroupNorm(groups, inputs, SPATIAL_EPSILON)
        self.conv1 = Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = GroupNorm(groups, outputs, SPATIAL_EPSILON)
        self.conv2 = Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut: nn.Module = nn.Identity()
        if inputs != outputs:
            self.conv_shortcut = Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(self.norm2(self.conv1(self.norm1(x))))
        return self.conv_shortcut(x) + h


class PositionAttention(nn.Module):
    """One head over the positions of a frame; x (frames, channels, height, width)."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.group_norm = GroupNorm(groups, channels, SPATIAL_EPSILON)
        self.to_q, self.to_k, self.to_v = (Linear(channels, channels) for _ in range(3))
        self.to_out = Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        positions = self.group_norm(x, silu=False).permute(0, 2, 3, 1).flatten(1, 2)
        parts = (linear(positions)[:, None] for linear in (self.to_q, self.to_k, self.to_v))
        mixed = self.to_out(attention(*parts)[:, 0])  # (frames, positions, channels)
        return x + mixed.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


class SpatialLevel(nn.Module):
    """The resnets of one resolution, then the step to twice the size."""

    def __init__(self, inputs: int, outputs: int, resnets: int, groups: int, last: bool) -> None:
        super().__init__()
        widths = [inputs] + (resnets - 1) * [outputs]
        self.resnets = nn.Sequential(*(SpatialResnet(width, outputs, groups) for width in widths))
        self.upsampler = None if last else Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.resnets(x)
        if self.upsampler is None:
            return x
        return self.upsampler(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class SpatialDecoder(nn.Module):
    """Latents (frames, 4, h, w) -> pixels (frames, 3, 8 h, 8 w). `channels`: of each level, that of
    the largest pictures first."""

    def __init__(self, channels: Sequence[int], resnets: int, groups: int) -> None:
        super().__init__()
        widest = channels[-1]
        self.post_quant_conv = Conv2d(LATENT_CHANNELS, LATENT_CHANNELS, 1)
        self.conv_in = Conv2d(LATENT_CHANNELS, widest, 3, padding=1)
        self.middle = nn.Sequential(
            SpatialResnet(widest, widest, groups),
            PositionAttention(widest, groups),
            SpatialResnet(widest, widest, groups),
        )
        self.levels, inputs = nn.Sequential(), widest
        for level in reversed(range(len(channels))):
            outputs = channels[level]
            self.levels.append(SpatialLevel(inputs, outputs, resnets, groups, last=level == 0))
            inputs = outputs
        self.norm_out = GroupNorm(groups, channels[0], SPATIAL_EPSILON)
        self.conv_out = Conv2d(channels[0], 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        x = self.middle(self.conv_in(self.post_quant_conv(latents)))
        return self.conv_out(self.norm_out(self.levels(x)))


class TemporalResnet(nn.Module):
    """x (chunks, channels, frames, height, width). The norms run over all frames of a chunk."""

    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1 = GroupNorm(groups, inputs, TEMPORAL_EPSILON)
        self.conv1 = CausalConv3d(inputs, outputs, 3, bias=False)
        self.norm2 = GroupNorm(groups, outputs, TEMPORAL_EPSILON)
        self.conv2 = CausalConv3d(outputs, outputs, 3, bias=False)
        self.conv3: nn.Module = nn.Identity()
        if inputs != outputs:
            self.conv3 = CausalConv3d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(x) + self.conv2(self.norm2(self.conv1(self.norm1(x))))


class FrameDoubler(nn.Module):
    """Of two neighbouring channels, the first makes a frame and the second the one after it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = CausalConv3d(channels, 2 * channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 4, 1)
        x = x.unflatten(-1, (x.shape[-1] // 2, 2))  # (chunks, frames, h, w, channels, 2)
        return x.permute(0, 1, 5, 2, 3, 4).flatten(1, 2).permute(0, 4, 1, 2, 3)


class TemporalDecoder(nn.Module):
    """Latents (chunks, 4, t, h, w) -> those of frames (chunks, 4, 4 t, h, w). `channels`: of each
    level, that of the most frames first."""

    def __init__(self, channels: Sequence[int], resnets: int, groups: int) -> None:
        super().__init__()
        self.post_quant_conv = CausalConv3d(LATENT_CHANNELS, LATENT_CHANNELS, 1)
        self.conv_in = CausalConv3d(LATENT_CHANNELS, channels[-1], 3)
        self.levels = nn.Sequential(*self._steps(channels, resnets, groups))
        self.norm_out = GroupNorm(groups, channels[0], TEMPORAL_EPSILON)
        self.conv_out = CausalConv3d(channels[0], LATENT_CHANNELS, 3)

    @staticmethod
    def _steps(channels: Sequence[int], resnets: int, groups: int) -> List[nn.Module]:
        width = channels[-1]
        steps: List[nn.Module] = [TemporalResnet(width, width, groups) for _ in range(resnets)]
        for level in reversed(range(len(channels))):
            for _ in range(resnets):
                steps.append(TemporalResnet(width, channels[level], groups))
                width = channels[level]
            if level > 0 and DOUBLES_FRAMES[level - 1]:
                steps.append(FrameDoubler(width))
        return steps

    def forward(self, latents: Tensor) -> Tensor:
        x = self.levels(self.conv_in(self.post_quant_conv(latents)))
        return self.conv_out(self.norm_out(x))


class VideoDecoder(nn.Module):
    def __init__(self, temporal: TemporalDecoder, spatial: SpatialDecoder) -> None:
        super().__init__()
        self.temporal = temporal.to(memory_format=torch.channels_last_3d)
        self.spatial = spatial.to(memory_format=torch.channels_last)
        shape = (1, LATENT_CHANNELS, 1, 1, 1)
        self.scale, self.shift = torch.tensor([LATENT_SCALE, LATENT_SHIFT]).view(2, *shape)

    def decode_chunk(self, latents: Tensor, frames: int) -> Tensor:
        """(1, channels, t, h, w) -> (frames, 3, 8 h, 8 w)."""
        latents = latents * self.scale + self.shift
        decoded = self.temporal(latents.contiguous(memory_format=torch.channels_last_3d))
        decoded = decoded[:, :, -frames:] / SPATIAL_SCALE
        rows = decoded[0].transpose(0, 1).contiguous(memory_format=torch.channels_last)
        return torch.cat([self.spatial(part) for part in rows.split(FRAMES_AT_ONCE)])

    def forward(self, latents: Tensor, frames: int) -> Tensor:
        """(1, channels, latent frames, h, w) -> (frames, 3, 8 h, 8 w)."""
        parts = []
        for chunk in latents.split(latent_frames(FRAMES_A_CHUNK), 2):
            parts.append(self.decode_chunk(chunk, min(frames, FRAMES_A_CHUNK)))
            frames -= FRAMES_A_CHUNK
        return torch.cat(parts)


def latent_frames(frames: int) -> int:
    """Of a clip: each chunk is filled up to a whole number of them."""
    chunks, rest = divmod(frames, FRAMES_A_CHUNK)
    return chunks * -(-FRAMES_A_CHUNK // FRAMES_A_LATENT) + -(-rest // FRAMES_A_LATENT)


def _frames(count: int, height: int, width: int, channels: int) -> Tensor:
    x = torch.randn(count, channels, height, width)
    return x.contiguous(memory_format=torch.channels_last)


def _conv2d(count: int, height: int, width: int, inputs: int, outputs: int) -> Run:
    conv = Conv2d(inputs, outputs, 3, padding=1).to(memory_format=torch.channels_last)
    x = _frames(count, height, width, inputs)
    return lambda: conv(x)


def _conv3d(count: int, height: int, width: int, inputs: int, outputs: int) -> Run:
    conv = CausalConv3d(inputs, outputs, 3, bias=False).to(memory_format=torch.channels_last_3d)
    x = torch.randn(1, inputs, count, height, width)
    x = x.contiguous(memory_format=torch.channels_last_3d)
    return lambda: conv(x)


def _group_norm_silu(count: int, height: int, width: int, channels: int) -> Run:
    if channels % NORM_GROUPS != 0:
        raise UnfitSizes(f"{channels} channels do not make {NORM_GROUPS} groups")
    norm = GroupNorm(NORM_GROUPS, channels, SPATIAL_EPSILON)
    x = _frames(count, height, width, channels)
    return lambda: norm(x)


def _decode(frames: int, height: int, width: int) -> Run:
    if height % PIXELS_A_LATENT != 0 or width % PIXELS_A_LATENT != 0:
        raise UnfitSizes(f"{height}x{width} pixels are no whole number of latents")
    decoder = VideoDecoder(
        TemporalDecoder(TEMPORAL_CHANNELS, TEMPORAL_RESNETS, NORM_GROUPS),
        SpatialDecoder(SPATIAL_CHANNELS, SPATIAL_RESNETS, NORM_GROUPS),
    )
    sides = height // PIXELS_A_LATENT, width // PIXELS_A_LATENT
    latents = torch.randn(1, LATENT_CHANNELS, latent_frames(frames), *sides)
    return lambda: decoder(latents, frames)


CASES: Dict[str, Callable[..., Run]] = {
    "vae.conv2d@FxHxWxCxO": _conv2d,
    "vae.conv3d@TxHxWxCxO": _conv3d,
    "vae.group_norm_silu@FxHxWxC": _group_norm_silu,
    "vae.decode@NxHxW": _decode,
}
