"""Text encoder and denoiser together, the loss of rectified flow, and the sampler of the engine."""

import math
from typing import List, Tuple

import torch
import torch.nn as nn

from buckets import FPS, LATENT_CHUNK, Bucket
from device import mixed_precision
from models.stdit3 import STDiT3
from models.t5 import T5Encoder

_UNIFORM_SHARE = 0.25  # of the training times; the rest is logit-normal
_NULL_SHARE = 0.10  # of the captions


class TextToVideo(nn.Module):
    def __init__(self, text_encoder: T5Encoder, denoiser: STDiT3) -> None:
        super().__init__()
        self.text_encoder, self.denoiser = text_encoder, denoiser

    def forward(
        self,
        latent: torch.Tensor,
        time: torch.Tensor,
        ids: torch.Tensor,
        pixels: Tuple[int, int],
        without_text: torch.Tensor,
    ) -> torch.Tensor:
        """latent (batch, channels, frames, h, w); time (batch,) in [0, 1000]; ids (batch, tokens), 0 for
        padding; pixels: height and width of the video; without_text (batch,) bool.
        Returns the velocity (data - noise), float32, shaped like the latent.
        """
        mask = ids > 0
        text = self.text_encoder(ids, mask)
        fps = torch.full((len(latent),), float(FPS), device=latent.device)
        velocity = self.denoiser(latent, time, text, mask, fps, pixels, without_text)
        return velocity[:, : latent.shape[1]]


def time_shift(bucket: Bucket) -> float:
    """How much larger videos move times towards noise: relative to one frame of 512x512."""
    return math.sqrt(bucket.height * bucket.width / 512**2) * math.sqrt(bucket.chunks * LATENT_CHUNK)


def shift_times(times: torch.Tensor, ratio: float) -> torch.Tensor:
    """times in [0, 1], 1 for noise."""
    return ratio * times / (1 + (ratio - 1) * times)


def draw_times(count: int, ratio: float, device: torch.device) -> torch.Tensor:
    normal = torch.sigmoid(torch.randn(count, device=device))
    uniform = torch.rand(count, device=device)
    pick_uniform = torch.rand(count, device=device) < _UNIFORM_SHARE
    return shift_times(torch.where(pick_uniform, uniform, normal), ratio)


def flow_losses(
    model: TextToVideo, latent: torch.Tensor, ids: torch.Tensor, bucket: Bucket
) -> Tuple[torch.Tensor, torch.Tensor]:
    """Mean square error of the velocity for each clip (batch,), and the times drawn (batch,) in [0, 1]."""
    device, count = latent.device, len(latent)
    times = draw_times(count, time_shift(bucket), device)
    noise = torch.randn_like(latent)
    amount = times.view(-1, 1, 1, 1, 1)
    noised = (1 - amount) * latent + amount * noise
    without_text = torch.rand(count, device=device) < _NULL_SHARE
    with mixed_precision(device):
        velocity = model(noised, times * 1000, ids, bucket.pixels, without_text)
    return (velocity - (latent - noise)).square().mean((1, 2, 3, 4)), times


def sampling_times(bucket: Bucket, steps: int) -> List[float]:
    """From 1 (noise) down to 0 (data), one more than there are steps."""
    even = torch.tensor([1 - step / steps for step in range(steps)] + [0.0], dtype=torch.float64)
    return shift_times(even, time_shift(bucket)).tolist()


@torch.no_grad()
def denoise(
    model: TextToVideo, ids: torch.Tensor, noise: torch.Tensor, bucket: Bucket, steps: int, guidance: float
) -> torch.Tensor:
    """The latents that Euler steps with guidance, as the engine takes them, make of noise (n, channels,
    frames, h, w) for the captions ids (n, tokens)."""
    device, count = ids.device, len(ids)
    latent, times = noise, sampling_times(bucket, steps)
    both, without_text = torch.cat([ids, ids]), torch.arange(2 * count, device=device) >= count
    for now, following in zip(times[:-1], times[1:]):
        time = torch.full((2 * count,), now * 1000, device=device)
        with mixed_precision(device):
            velocity = model(torch.cat([latent, latent]), time, both, bucket.pixels, without_text)
        with_text, without = velocity.chunk(2)
        latent = latent + (without + guidance * (with_text - without)) * (now - following)
    return latent


def sample(
    model: TextToVideo,
    ids: torch.Tensor,
    bucket: Bucket,
    steps: int = 30,
    guidance: float = 4.0,
    seed: int = 0,
) -> torch.Tensor:
    """Latents for the captions ids (n, tokens), from the noise of a seed."""
    channels = model.denoiser.config["in_channels"]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(ids), *bucket.latent_shape(channels), generator=generator).to(ids.device)
    return denoise(model, ids, noise, bucket, steps, guidance)
