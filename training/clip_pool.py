"""Rendered clips, kept as bytes on the GPU, from which the VAE draws frames and chunks."""

from types import ModuleType
from typing import Tuple

import numpy as np
import torch

from buckets import CHUNK, FPS, MAIN

FAST_MOTIONS = ("spin", "circle", "swing", "shake", "bounce", "jump")  # hardest for the VAE
_FAST_WEIGHT = 2.0  # drawn so many times as often
_MASK_SHRINK = 4


def to_bytes(clips: torch.Tensor) -> torch.Tensor:
    return ((clips + 1) * 127.5).round_().clamp_(0, 255).to(torch.uint8)


class ClipPool:
    """Clips of 34 frames of 128x128 pixels for the first of `scenes` (n, 4), and where the object is in them.

    frames (capacity, 34, 3, 128, 128) and masks (capacity, 34, 32, 32) are bytes; a mask is 255 inside the
    object.
    """

    def __init__(
        self,
        world: object,
        names: ModuleType,
        scenes: np.ndarray,
        capacity: int,
        device: torch.device,
        batch: int,
    ) -> None:
        self.world, self.scenes, self.device = world, scenes, device
        self.capacity, self.batch, self.count = min(capacity, len(scenes)), batch, 0
        height, width = MAIN.pixels
        shape = (self.capacity, MAIN.frames)
        self.frames = torch.empty(*shape, 3, height, width, dtype=torch.uint8, device=device)
        mask_size = (height // _MASK_SHRINK, width // _MASK_SHRINK)
        self.masks = torch.empty(*shape, *mask_size, dtype=torch.uint8, device=device)
        fast = [index for index, name in enumerate(names.MOTIONS) if name in FAST_MOTIONS]
        weights = np.where(np.isin(scenes[: self.capacity, 1], fast), _FAST_WEIGHT, 1.0)
        self._all_cumulative = torch.tensor(np.cumsum(weights), dtype=torch.float64, device=device)

    def full(self) -> bool:
        return self.count + 1 > self.capacity

    @torch.no_grad()
    def grow(self) -> None:
        """Renders one more batch."""
        last = min(self.count + self.batch, self.capacity)
        height, width = MAIN.pixels
        rows = self.scenes[self.count : last]
        clips, masks = self.world.render(rows, frames=MAIN.frames, height=height, width=width, fps=FPS)
        self.frames[self.count : last] = to_bytes(clips)
        self.masks[self.count : last] = (masks * 255).round().to(torch.uint8)
        self.count = last

    def draw_clips(self, count: int) -> torch.Tensor:
        """Indices (count,) of clips, fast motions twice as likely."""
        cumulative = self._all_cumulative[: self.count]
        point = torch.rand(count, dtype=torch.float64, device=self.device) * cumulative[-1]
        return torch.searchsorted(cumulative, point).clamp_(max=self.count - 1)

    def draw_frames(self, count: int) -> Tuple[torch.Tensor, torch.Tensor]:
        """Single frames (count, 3, 128, 128) and masks (count, 32, 32)."""
        clip = self.draw_clips(count)
        frame = torch.randint(0, MAIN.frames, (count,), device=self.device)
        return self.frames[clip, frame], self.masks[clip, frame]

    def draw_chunks(self, count: int) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Chunks (count, 17, 3, 128, 128), masks (count, 17, 32, 32), their clips and which half they are."""
        clip = self.draw_clips(count)
        half = torch.randint(0, MAIN.chunks, (count,), device=self.device)
        frame = half[:, None] * CHUNK + torch.arange(CHUNK, device=self.device)[None]
        return self.frames[clip[:, None], frame], self.masks[clip[:, None], frame], clip, half
