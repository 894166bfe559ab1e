"""Renders scenes to clips."""
from pathlib import Path
from typing import Optional, Tuple, Union

import numpy as np
import torch
from torch import Tensor

from world.backgrounds import paint
from world.canvas import Canvas
from world.motions import make_track
from world.scenes import BACKGROUNDS
from world.sprites import MASK_CELL, Sprites
from world.textures import Textures

OBJECT_SIZES = (0.48, 0.65)  # side of the object's square in short sides of the picture: normal, large
SIZE_VARIATION = 0.04  # up to this part more or less
CHUNK = 64  # clips whose objects are drawn at once, to bound memory


class World:
    """Everything that rendering needs, on one device."""

    def __init__(self, device: Union[str, torch.device], art: Union[str, Path]):
        self.device = torch.device(device)
        self.textures = Textures(self.device)
        self.sprites = Sprites(self.device, art)

    @torch.no_grad()
    def render(
        self,
        scenes: np.ndarray,
        frames: int = 34,
        height: int = 128,
        width: int = 128,
        fps: float = 8,
        generator: Optional[torch.Generator] = None,
    ) -> Tuple[Tensor, Tensor]:
        """scenes (count, 4) of object, motion, background, size (world.scenes).

        Returns clips (count, frames, 3, height, width) in [-1, 1], and how much of each cell of 4x4 pixels
        the object covers, (count, frames, height // 4, width // 4) in [0, 1]. The same state of the generator
        gives the same clips.
        """
        with torch.autocast(self.device.type, enabled=False):  # always in f32, whatever the caller trains in
            return self._render(np.asarray(scenes), (frames, height, width, fps, self.device, generator))

    def _render(self, scenes: np.ndarray, settings: Tuple) -> Tuple[Tensor, Tensor]:
        count, (frames, height, width) = len(scenes), settings[:3]
        clips = torch.empty(count, frames, 3, height, width, device=self.device)
        mask = torch.empty(count, frames, height // MASK_CELL, width // MASK_CELL, device=self.device)
        for background in np.unique(scenes[:, 2]):
            chosen = torch.as_tensor(np.flatnonzero(scenes[:, 2] == background), device=self.device)
            clips[chosen] = paint(BACKGROUNDS[background], Canvas(len(chosen), *settings), self.textures)
        for start in range(0, count, CHUNK):
            part = slice(start, start + CHUNK)
            objects, motions, _, sizes = torch.as_tensor(scenes[part].T, device=self.device).long()
            canvas = Canvas(len(objects), *settings)
            side = torch.tensor(OBJECT_SIZES, device=self.device)[sizes] * self.sprites.enlarged[objects]
            side = side * canvas.uniform(1 - SIZE_VARIATION, 1 + SIZE_VARIATION, ())
            clips[part], mask[part] = self.sprites.draw(
                clips[part], objects, make_track(motions, side, canvas)
            )
        return clips.clamp_(0, 1).mul_(2).sub_(1), mask
