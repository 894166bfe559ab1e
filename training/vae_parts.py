"""The VAE cut into the pieces that are compiled: each with fixed shapes, each with its loss inside.

Latents between the pieces are (..., h, w, channels), float32 and contiguous.
"""

from dataclasses import dataclass
from typing import Callable, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from models.spatial_vae import AutoencoderKL
from models.temporal_vae import TemporalVae
from models.video_vae import SPATIAL_SCALE, VideoVae, unit_range

CHUNKS_PER_STEP = 12
FRAMES_PER_STEP = 17 * CHUNKS_PER_STEP
LATENT_CHUNKS_PER_STEP = 96
CACHE_CHUNKS = 128

_SPRITE_WEIGHT = 3.0
_SQUARE_WEIGHT = 4.0
_GRADIENT_WEIGHT = 0.5
_GRADIENT_SCALES = 3


def bounded(log_variance: torch.Tensor) -> torch.Tensor:
    return log_variance.float().clamp(-30.0, 4.0)


def draw(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """From a standard normal, averaged over elements."""
    return 0.5 * (mean * mean + log_variance.exp() - 1 - log_variance).mean()


def picture_loss(
    error: torch.Tensor, mask: torch.Tensor
) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """error (n, 3, h, w), mask (n, 1, h, w) in [0, 1] -> loss, mean square, mean square inside the object.

    Absolute, squared and, at three scales, gradient errors; the object counts three times.
    """
    square = error.detach().square().mean(1, keepdim=True)
    inside = (square * mask).sum() / mask.sum().clamp_min(1.0)
    weight = 1 + (_SPRITE_WEIGHT - 1) * mask
    weight = weight / weight.mean()
    loss = (error.abs() * weight).mean() + _SQUARE_WEIGHT * (error.square() * weight).mean()
    for scale in range(_GRADIENT_SCALES):
        if scale:
            error, weight = F.avg_pool2d(error, 2), F.avg_pool2d(weight, 2)
        across = (error[..., 1:] - error[..., :-1]).abs() * weight[..., 1:]
        down = (error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :]
        loss = loss + _GRADIENT_WEIGHT * (across.mean() + down.mean())
    return loss, square.mean(), inside


class SpatialEncode(nn.Module):
    """Bytes (n, 3, height, width) -> mean and log-variance (n, h, w, channels)."""

    def __init__(self, spatial: AutoencoderKL) -> None:
        super().__init__()
        self.spatial = spatial

    def forward(self, frames: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        pixels = unit_range(frames).contiguous(memory_format=torch.channels_last)
        mean, log_variance = self.spatial.moments(pixels)
        mean = mean.float().permute(0, 2, 3, 1).contiguous()
        return mean, bounded(log_variance).permute(0, 2, 3, 1).contiguous()


class SpatialDecodeLoss(nn.Module):
    """Latents (n, h, w, channels), bytes (n, 3, height, width), masks (n, height / 4, width / 4) -> losses."""

    def __init__(self, spatial: AutoencoderKL) -> None:
        super().__init__()
        self.spatial = spatial

    def forward(
        self, latent: torch.Tensor, frames: torch.Tensor, masks: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        pixels = self.spatial.decode(latent.permute(0, 3, 1, 2)).float()
        mask = F.interpolate(masks[:, None].float() / 255, scale_factor=4.0, mode="nearest")
        return picture_loss(pixels - unit_range(frames), mask)


class TemporalRoundTrip(nn.Module):
    """Frame latents (chunks, 17, h, w, channels) times 0.18215 -> the same restored, mean and log-variance.

    `draws` (chunks, 5, h, w, channels): a standard normal draw for the posterior; `noise`, the same shape:
    added to the latent after scaling by each channel's own spread, so that the decoder bears a denoiser's
    small errors.
    """

    def __init__(self, temporal: TemporalVae) -> None:
        super().__init__()
        self.temporal = temporal

    def forward(
        self, latent: torch.Tensor, draws: torch.Tensor, noise: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mean, log_variance = self.temporal.moments(latent)
        mean, log_variance = mean.float(), bounded(log_variance)
        spread = mean.detach().std((0, 1, 2, 3), keepdim=True)
        drawn = mean + (0.5 * log_variance).exp() * draws + spread * noise
        restored = self.temporal.decode(drawn, latent.shape[1]).float()
        return restored.contiguous(), mean, log_variance


class ChunkEncode(nn.Module):
    """Bytes (chunks, 17, 3, height, width) -> latent means (chunks, 5, h, w, channels); for the cache."""

    def __init__(self, vae: VideoVae) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.vae.encode_chunks(pixels)


@dataclass
class VaeParts:
    encode: Callable
    round_trip: Callable
    decode_loss: Callable
    compiled: bool = False


def eager_parts(vae: VideoVae) -> VaeParts:
    encode, decode_loss = SpatialEncode(vae.spatial), SpatialDecodeLoss(vae.spatial)
    return VaeParts(encode, TemporalRoundTrip(vae.temporal_vae), decode_loss)


def prepare_vae(vae: VideoVae, device: torch.device) -> VideoVae:
    """To the device, 2-D kernels in the layout that is fast there."""
    vae = vae.to(device)
    vae.spatial_vae.to(memory_format=torch.channels_last)
    return vae
