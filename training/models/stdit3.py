"""STDiT3: a transformer over video patches with alternating spatial and temporal blocks (Open-Sora v1.2)."""

import math
from typing import Dict, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from .attention import attention
from .t5 import RmsNorm

Rotation = Tuple[torch.Tensor, torch.Tensor]  # cosines and sines, (frames, head size / 2)


def sinusoids(values: torch.Tensor, size: int = 256) -> torch.Tensor:
    """values (batch,) -> (batch, size), cosines first."""
    half = size // 2
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, device=values.device).float() / half)
    angles = values[:, None].float() * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], -1)


def patch_positions(rows: int, columns: int, scale: float, width: int, device: torch.device) -> torch.Tensor:
    """Sine-cosine table (rows * columns, width): the first half follows the column, the second the row."""
    base, half = round((rows * columns) ** 0.5), width // 2
    frequencies = 1.0 / 10000 ** (torch.arange(0, half, 2, device=device).float() / half)

    def encode(count: int) -> torch.Tensor:
        position = torch.arange(count, device=device).float() / scale * (base / count)
        angles = position[:, None] * frequencies[None]
        return torch.cat([angles.sin(), angles.cos()], -1)

    by_column = encode(columns)[None].expand(rows, columns, half)
    by_row = encode(rows)[:, None].expand(rows, columns, half)
    return torch.cat([by_column, by_row], -1).reshape(rows * columns, width)


def rotate(x: torch.Tensor, rotation: Rotation) -> torch.Tensor:
    """Rotary positions on interleaved pairs; x (batch, heads, frames, head size)."""
    cosine, sine = rotation
    values = x.float()
    even, odd = values[..., 0::2], values[..., 1::2]
    pairs = torch.stack([even * cosine - odd * sine, odd * cosine + even * sine], -1)
    return pairs.flatten(-2).to(x.dtype)


class Mlp(nn.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.q_norm, self.k_norm = RmsNorm(width // heads), RmsNorm(width // heads)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, rotation: Optional[Rotation]) -> torch.Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        query, key = self.q_norm(query), self.k_norm(key)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        mixed = attention(query.to(value.dtype), key.to(value.dtype), value)
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class CrossAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_linear, self.kv_linear = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, text: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        head_size = width // self.heads
        query = self.q_linear(x).view(batch, tokens, self.heads, head_size).transpose(1, 2)
        pairs = self.kv_linear(text).view(batch, text.shape[1], 2, self.heads, head_size)
        key, value = pairs.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = attention(query, key, value, mask)
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    """Attends within a frame (spatial) or along one patch's time line (temporal), then to the text."""

    def __init__(self, width: int, heads: int, mlp_ratio: float, temporal: bool) -> None:
        super().__init__()
        self.temporal = temporal
        self.attn, self.cross_attn = SelfAttention(width, heads), CrossAttention(width, heads)
        self.mlp = Mlp(width, int(width * mlp_ratio), width)
        self.scale_shift_table = nn.Parameter(torch.randn(6, width) / width**0.5)

    def forward(
        self,
        x: torch.Tensor,
        text: torch.Tensor,
        time: torch.Tensor,
        mask: torch.Tensor,
        rotation: Optional[Rotation],
        frames: int,
        patches: int,
    ) -> torch.Tensor:
        """x (batch, frames * patches, width), text (batch, tokens, width), time (batch, 6 * width)."""
        batch, tokens, width = x.shape
        modulation = self.scale_shift_table[None] + time.view(batch, 6, width)
        shift1, scale1, gate1, shift2, scale2, gate2 = modulation.unsqueeze(2).unbind(1)

        h = (F.layer_norm(x, (width,), eps=1e-6) * (1 + scale1) + shift1).to(text.dtype)
        h = h.view(batch, frames, patches, width)
        if self.temporal:
            h = self.attn(h.transpose(1, 2).reshape(batch * patches, frames, width), rotation)
            h = h.view(batch, patches, frames, width).transpose(1, 2).reshape(batch, tokens, width)
        else:
            h = self.attn(h.reshape(batch * frames, patches, width), None).view(batch, tokens, width)
        x = x + (gate1 * h).to(x.dtype)

        x = x + self.cross_attn(x.to(text.dtype), text, mask)

        h = (F.layer_norm(x, (width,), eps=1e-6) * (1 + scale2) + shift2).to(text.dtype)
        return x + (gate2 * self.mlp(h)).to(x.dtype)


class NumberEmbedder(nn.Module):
    """Embeds a number for each item of the batch: the time (0 to 1000) or the frames a second."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.mlp(sinusoids(values))


class PatchEmbedder(nn.Module):
    def __init__(self, channels: int, width: int, patch: Tuple[int, int, int]) -> None:
        super().__init__()
        self.proj = nn.Conv3d(channels, width, patch, patch)


class CaptionEmbedder(nn.Module):
    def __init__(self, caption_width: int, width: int, tokens: int) -> None:
        super().__init__()
        self.y_proj = Mlp(caption_width, width, width)
        self.y_embedding = nn.Parameter(torch.randn(tokens, caption_width) / caption_width**0.5)


class FinalLayer(nn.Module):
    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, outputs)
        self.scale_shift_table = nn.Parameter(torch.randn(2, width) / width**0.5)


class RotaryFrequencies(nn.Module):
    def __init__(self, head_size: int) -> None:
        super().__init__()
        frequencies = 10000.0 ** -(torch.arange(0, head_size, 2).float() / head_size)
        self.freqs = nn.Parameter(frequencies, requires_grad=False)


class STDiT3(nn.Module):
    """Predicts the velocity (data - noise) of a noised latent.

    `low_precision_stream` keeps the sum that runs through the blocks in the precision of the text, for speed
    in training; without it the sum is float32, as in the engine.
    """

    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.config = config
        width, heads, depth = config["hidden_size"], config["num_heads"], config["depth"]
        self.patch = tuple(config["patch_size"])
        self.out_channels = config["in_channels"] * (2 if config["pred_sigma"] else 1)
        self.low_precision_stream = False
        self.rope = RotaryFrequencies(width // heads)
        self.x_embedder = PatchEmbedder(config["in_channels"], width, self.patch)
        self.t_embedder, self.fps_embedder = NumberEmbedder(width), NumberEmbedder(width)
        self.t_block = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.y_embedder = CaptionEmbedder(config["caption_channels"], width, config["model_max_length"])
        ratio = config.get("mlp_ratio", 4.0)
        self.spatial_blocks = nn.ModuleList([Block(width, heads, ratio, False) for _ in range(depth)])
        self.temporal_blocks = nn.ModuleList([Block(width, heads, ratio, True) for _ in range(depth)])
        self.final_layer = FinalLayer(width, math.prod(self.patch) * self.out_channels)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        patch_weight = self.x_embedder.proj.weight
        nn.init.xavier_uniform_(patch_weight.data.view(patch_weight.shape[0], -1))
        nn.init.zeros_(self.x_embedder.proj.bias)
        time_mlp, fps_mlp = self.t_embedder.mlp, self.fps_embedder.mlp
        for layer in (time_mlp[0], time_mlp[2], fps_mlp[0], self.t_block[1]):
            nn.init.normal_(layer.weight, std=0.02)
        silent = [self.fps_embedder.mlp[2], self.final_layer.linear]
        silent += [block.cross_attn.proj for block in (*self.spatial_blocks, *self.temporal_blocks)]
        silent += [layer for block in self.temporal_blocks for layer in (block.attn.proj, block.mlp.fc2)]
        for layer in silent:
            nn.init.zeros_(layer.weight)

    def _embed_patches(
        self, latent: torch.Tensor, dtype: torch.dtype, pixels: Tuple[int, int]
    ) -> torch.Tensor:
        """latent (batch, channels, frames, h, w) -> (batch, frames, patches, width), float32."""
        batch, channels, frames, height, width = latent.shape
        _, ph, pw = self.patch
        rows, columns, hidden = height // ph, width // pw, self.config["hidden_size"]
        cut = latent.view(batch, channels, frames, rows, ph, columns, pw).permute(0, 2, 3, 5, 1, 4, 6)
        values = cut.reshape(batch, frames, rows * columns, -1).to(dtype)
        x = F.linear(values, self.x_embedder.proj.weight.view(hidden, -1), self.x_embedder.proj.bias)
        scale = (pixels[0] * pixels[1]) ** 0.5 / self.config["input_sq_size"]
        return x.float() + patch_positions(rows, columns, scale, hidden, latent.device)

    def forward(
        self,
        latent: torch.Tensor,
        time: torch.Tensor,
        text: torch.Tensor,
        mask: torch.Tensor,
        fps: torch.Tensor,
        pixels: Tuple[int, int],
        without_text: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """latent (batch, channels, frames, h, w); time (batch,) in [0, 1000]; text (batch, tokens, caption
        width); mask (batch, tokens), 1 for text; fps (batch,); pixels: height and width of the video;
        without_text (batch,): True replaces the text by the null caption, under the same mask.
        Returns (batch, out channels, frames, h, w) in float32; the second half of the channels is unused.
        """
        batch, _, frames, height, width = latent.shape
        _, ph, pw = self.patch
        rows, columns, hidden = height // ph, width // pw, self.config["hidden_size"]
        patches = rows * columns

        if without_text is not None:
            null = self.y_embedder.y_embedding[None, : text.shape[1]].to(text.dtype)
            text = torch.where(without_text[:, None, None], null, text)
        text = self.y_embedder.y_proj(text)
        vector = self.t_embedder(time) + self.fps_embedder(fps)
        modulation = self.t_block(vector)
        keep = mask[:, None, None, :].bool()

        x = self._embed_patches(latent, text.dtype, pixels).view(batch, frames * patches, hidden)
        if self.low_precision_stream:
            x = x.to(text.dtype)
        angles = torch.arange(frames, device=latent.device).float()[:, None] * self.rope.freqs[None]
        rotation = (angles.cos(), angles.sin())
        for spatial, temporal in zip(self.spatial_blocks, self.temporal_blocks):
            x = spatial(x, text, modulation, keep, None, frames, patches)
            x = temporal(x, text, modulation, keep, rotation, frames, patches)

        shift, scale = (self.final_layer.scale_shift_table[None] + vector[:, None]).chunk(2, 1)
        x = F.layer_norm(x, (hidden,), eps=1e-6) * (1 + scale) + shift
        x = self.final_layer.linear(x.to(text.dtype))
        x = x.view(batch, frames, rows, columns, ph, pw, self.out_channels).permute(0, 6, 1, 2, 4, 3, 5)
        return x.reshape(batch, self.out_channels, frames, height, width).float()
