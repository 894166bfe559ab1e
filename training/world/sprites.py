"""Draws objects onto backgrounds, with a soft shadow, at any size and angle without aliasing."""
from pathlib import Path
from typing import Tuple, Union

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from world.motions import Track
from world.scenes import OBJECTS

DEFAULT_ATLAS = Path(__file__).resolve().parent.parent / ".art" / "atlas.npz"  # written by world.art
BLUR_LEVELS = (0.85, 1.5, 2.8, 5.3)  # standard deviation in atlas pixels, for shrinking 1, 2, 4 and 8 times
MARGIN = 16  # atlas pixels of nothing around a sprite, for blur and shadow
FULL_COVERAGE = 0.55  # slim objects, which cover less of their square, are drawn larger
MOST_ENLARGED = 1.14
SHADOW_BLUR = 6.0  # atlas pixels
SHADOW_STRENGTH = 0.33
SHADOW_X, SHADOW_Y = 0.02, 0.035  # units to the right and down
MASK_CELL = 4  # pixels of a clip a side, in one cell of the mask


def gaussian_blur(images: Tensor, deviation: float) -> Tensor:
    """(count, channels, height, width), zero outside."""
    if deviation == 0:
        return images
    radius = int(3 * deviation + 0.5)
    offsets = torch.arange(-radius, radius + 1, device=images.device, dtype=torch.float32)
    kernel = torch.exp(-((offsets / deviation) ** 2) / 2)
    kernel = kernel / kernel.sum()
    shape = images.shape
    planes = images.reshape(-1, 1, *shape[2:])
    planes = F.conv2d(planes, kernel.view(1, 1, 1, -1), padding=(0, radius))
    planes = F.conv2d(planes, kernel.view(1, 1, -1, 1), padding=(radius, 0))
    return planes.view(shape)


class Sprites:
    """The atlas on one device, as a stack of ever softer copies of each sprite."""

    def __init__(self, device: torch.device, atlas: Union[str, Path]):
        with np.load(atlas) as file:
            names, pixels = [str(name) for name in file["names"]], file["sprites"]
        if names != [item.name for item in OBJECTS]:
            raise ValueError(f"{atlas} holds other objects than world.scenes: run python3 -m world.art again")
        sprites = torch.tensor(pixels, device=device).permute(0, 3, 1, 2).float() / 255
        self.atlas_size = sprites.shape[-1]
        coverage = sprites[:, 3].mean((1, 2))
        self.enlarged = (FULL_COVERAGE / coverage).sqrt().clamp(1, MOST_ENLARGED)  # (objects,)
        sprites = F.pad(sprites, (MARGIN,) * 4)
        self.stack = torch.stack([gaussian_blur(sprites, deviation) for deviation in BLUR_LEVELS], 2)
        self.shadow = gaussian_blur(sprites[:, 3:], SHADOW_BLUR)

    def _grid(self, track: Track, height: int, width: int, shift: Tuple[float, float]) -> Tensor:
        """Where in the sprite each pixel lies: (count, frames, height, width, 2) of x and y in [-1, 1]."""
        short_side = min(height, width)
        columns = torch.arange(width, device=track.x.device, dtype=torch.float32)
        rows = torch.arange(height, device=track.x.device, dtype=torch.float32)
        across = ((columns + 0.5 - width / 2) / short_side).view(1, 1, 1, width)
        down = ((rows + 0.5 - height / 2) / short_side).view(1, 1, height, 1)
        x = across - (track.x + shift[0])[:, :, None, None]
        y = down - (track.y + shift[1])[:, :, None, None]
        padded = self.atlas_size / (self.atlas_size + 2 * MARGIN)
        stretch = (2 * padded / track.scale)[:, :, None, None]
        cosine = torch.cos(track.angle)[:, :, None, None] * stretch
        sine = torch.sin(track.angle)[:, :, None, None] * stretch
        return torch.stack([cosine * x + sine * y, cosine * y - sine * x], -1)

    def _depth(self, track: Track, short_side: int) -> Tensor:
        """Which softness of the stack fits each frame, (count, frames) in [-1, 1]."""
        shrinking = self.atlas_size / (track.scale * short_side)
        level = torch.log2(shrinking).clamp(0, len(BLUR_LEVELS) - 1)
        return level * 2 / (len(BLUR_LEVELS) - 1) - 1

    def draw(self, clips: Tensor, objects: Tensor, track: Track) -> Tuple[Tensor, Tensor]:
        """clips (count, frames, 3, height, width) in [0, 1], objects (count,) int.

        Returns the clips with the objects drawn, and how much of each cell of 4x4 pixels they cover,
        (count, frames, height // 4, width // 4) in [0, 1].
        """
        count, frames, _, height, width = clips.shape
        opacity = track.opacity.view(count, 1, frames, 1, 1)
        flat = self._grid(track, height, width, (SHADOW_X, SHADOW_Y))
        shadow = F.grid_sample(
            self.shadow[objects], flat.view(count, frames * height, width, 2), align_corners=False
        )
        shadow = shadow.view(count, 1, frames, height, width) * (SHADOW_STRENGTH * opacity)
        flat = self._grid(track, height, width, (0.0, 0.0))
        depth = self._depth(track, min(height, width)).view(count, frames, 1, 1, 1)
        grid = torch.cat([flat, depth.expand(count, frames, height, width, 1)], -1)
        drawn = F.grid_sample(self.stack[objects], grid, align_corners=True) * opacity
        alpha = drawn[:, 3:]
        picture = clips.transpose(1, 2) * (1 - shadow) * (1 - alpha) + drawn[:, :3]
        mask = F.avg_pool2d(alpha[:, 0], MASK_CELL).clamp(0, 1)
        return picture.transpose(1, 2), mask
