"""The video autoencoder of Open-Sora v1.2: the spatial one by frames, then the temporal one by chunks."""

from typing import Dict

import torch
import torch.nn as nn

from .spatial_vae import AutoencoderKL
from .temporal_vae import TemporalVae

SPATIAL_SCALE = 0.18215  # between the two autoencoders; fixed by Open-Sora


class SpatialVae(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.module = AutoencoderKL(config)


def unit_range(pixels: torch.Tensor) -> torch.Tensor:
    """Bytes 0 to 255 -> [-1, 1]; other types are taken to be in [-1, 1] already."""
    return pixels.float() / 127.5 - 1 if pixels.dtype == torch.uint8 else pixels


class VideoVae(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.config = config
        self.chunk = config["micro_frame_size"]
        self.spatial_vae = SpatialVae(config["vae_2d"]["module_config"])
        self.temporal_vae = TemporalVae(config["vae_temporal"])
        self.latent_channels = config["vae_temporal"]["embed_dim"]
        shape = (1, self.latent_channels, 1, 1, 1)
        self.register_buffer("scale", torch.tensor(config["scale"]).float().view(shape))
        self.register_buffer("shift", torch.tensor(config["shift"]).float().view(shape))

    @property
    def spatial(self) -> AutoencoderKL:
        return self.spatial_vae.module

    def encode_chunks(self, pixels: torch.Tensor) -> torch.Tensor:
        """pixels (chunks, frames, 3, height, width), bytes or [-1, 1] -> latent means, not normalised,
        (chunks, latent frames, h, w, channels). A chunk has at most 17 frames."""
        chunks, frames = pixels.shape[:2]
        flat = unit_range(pixels.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
        mean = self.spatial.moments(flat)[0].permute(0, 2, 3, 1)
        mean = mean.reshape(chunks, frames, *mean.shape[1:])
        return self.temporal_vae.moments(mean * SPATIAL_SCALE)[0]

    def decode_chunks(self, latent: torch.Tensor, frames: int) -> torch.Tensor:
        """latent (chunks, latent frames, h, w, channels) -> (chunks, frames, 3, height, width)."""
        decoded = self.temporal_vae.decode(latent, frames) / SPATIAL_SCALE
        flat = self.spatial.decode(decoded.flatten(0, 1).permute(0, 3, 1, 2))
        return flat.reshape(latent.shape[0], frames, *flat.shape[1:])

    def normalise(self, latent: torch.Tensor) -> torch.Tensor:
        """latent (clips, channels, frames, h, w)."""
        return (latent - self.shift) / self.scale

    def encode(self, clips: torch.Tensor) -> torch.Tensor:
        """clips (n, frames, 3, height, width) -> normalised means (n, channels, latent frames, h, w)."""
        parts = [self.encode_chunks(part) for part in clips.split(self.chunk, 1)]
        return self.normalise(torch.cat(parts, 1).permute(0, 4, 1, 2, 3).float())

    def decode(self, latent: torch.Tensor, frames: int) -> torch.Tensor:
        """Normalised latents (n, channels, latent frames, h, w) -> clips (n, frames, 3, height, width)."""
        latent = (latent * self.scale + self.shift).permute(0, 2, 3, 4, 1)
        per_chunk = -(-self.chunk // self.temporal_vae.time_factor)
        parts = []
        for part in latent.split(per_chunk, 1):
            count = min(self.chunk, frames)
            parts.append(self.decode_chunks(part, count))
            frames -= count
        return torch.cat(parts, 1)
