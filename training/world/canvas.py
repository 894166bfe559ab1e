"""The pixels and times that one group of clips is painted on, and the random numbers of the group."""
from typing import Optional, Sequence

import torch
from torch import Tensor


class Canvas:
    """Coordinates of `count` clips of `frames` frames, to broadcast to (count, frames, 1, height, width).

    x       (1, 1, 1, 1, width)   in short sides of the picture; 0.5 is the middle
    y       (1, 1, 1, height, 1)  in heights of the picture; 0 is the top, 1 the bottom
    y_unit  (1, 1, 1, height, 1)  in short sides, 0 is the top: for round shapes
    time    (1, frames, 1, 1, 1)  in seconds
    """

    def __init__(
        self,
        count: int,
        frames: int,
        height: int,
        width: int,
        fps: float,
        device: torch.device,
        generator: Optional[torch.Generator],
    ):
        self.count, self.frames, self.height, self.width = count, frames, height, width
        self.device, self.generator = device, generator
        short_side = min(height, width)
        columns = torch.arange(width, device=device, dtype=torch.float32) + 0.5
        rows = torch.arange(height, device=device, dtype=torch.float32) + 0.5
        self.x = ((columns - width / 2) / short_side + 0.5).view(1, 1, 1, 1, width)
        self.y = (rows / height).view(1, 1, 1, height, 1)
        self.y_unit = (rows / short_side).view(1, 1, 1, height, 1)
        self.aspect = height / short_side
        self.left, self.right = float(self.x.min()), float(self.x.max())
        self.time = (torch.arange(frames, device=device, dtype=torch.float32) / fps).view(1, frames, 1, 1, 1)

    def uniform(self, low: float = 0.0, high: float = 1.0, shape: Sequence[int] = (1, 1, 1, 1)) -> Tensor:
        """(count, *shape) random numbers, one a clip by default."""
        where = self.generator.device if self.generator is not None else self.device
        drawn = torch.rand((self.count, *shape), generator=self.generator, device=where)
        return low + (high - low) * drawn.to(self.device)

    def sign(self) -> Tensor:
        """(count, 1, 1, 1, 1) of -1 or 1: which way something drifts."""
        return torch.where(self.uniform() < 0.5, -1.0, 1.0)

    def color(self, red: float, green: float, blue: float) -> Tensor:
        """(1, 1, 3, 1, 1) from channels in [0, 1]."""
        return torch.tensor([red, green, blue], device=self.device).view(1, 1, 3, 1, 1)


def smoothstep(value: Tensor, low: float, high: float) -> Tensor:
    """0 up to low, 1 from high on, smooth between (low > high falls instead)."""
    position = ((value - low) / (high - low)).clamp(0, 1)
    return position * position * (3 - 2 * position)


def mix(base: Tensor, over: Tensor, amount: Tensor) -> Tensor:
    """base where amount is 0, over where it is 1."""
    return base + (over - base) * amount
