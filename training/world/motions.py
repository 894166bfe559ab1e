"""Where the object is in each frame: the 14 motions as tracks of place, size, angle and opacity.

Motions that repeat have their period in seconds; motions that happen once fill the clip whatever its length.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from world.canvas import Canvas, smoothstep
from world.scenes import MOTIONS

TURN = 2 * math.pi

BOUNCE_PERIOD = 2.0  # seconds
BOUNCE_HEIGHT = 0.23  # units: short sides of the picture
SPIN_TURNS_PER_SECOND = 0.155
SWING_PERIOD = 4.0
SWING_ANGLE = 0.50  # radians to each side
SWING_ROPE = 0.18  # units from the pivot to the middle of the object
CIRCLE_PERIOD = 4.3
CIRCLE_RADIUS = 0.15
SHAKE_PERIOD = 1.25
SHAKE_WIDTH = 0.047  # units to each side
SHAKE_ANGLE = 0.10
JUMP_START, JUMP_END = 0.22, 0.78  # parts of the clip
JUMP_HEIGHT = 0.25
GROW_FROM, GROW_TO = 0.42, 1.18  # times the object's size
FADE_START, FADE_END = 0.06, 0.80


@dataclass
class Track:
    """All (count, frames): the middle in units from the picture's middle, size factor, angle and opacity."""

    x: Tensor
    y: Tensor
    scale: Tensor
    angle: Tensor
    opacity: Tensor


def hop(phase: Tensor, height: float) -> Tensor:
    """How high a hop is at a phase in [0, 1], 0 outside."""
    return height * torch.sin(math.pi * phase.clamp(0, 1))


def make_track(motions: Tensor, sizes: Tensor, canvas: Canvas) -> Track:
    """motions (count,) int indices into MOTIONS; sizes (count,) side of the object's square in units."""

    def uniform(low: float, high: float) -> Tensor:
        return canvas.uniform(low, high, (1,))

    def is_motion(name: str) -> Tensor:
        return (motions == MOTIONS.index(name))[:, None]

    shape = (canvas.count, canvas.frames)
    seconds = canvas.time.view(1, -1)
    progress = torch.linspace(0, 1, canvas.frames, device=canvas.device).view(1, -1)
    if canvas.frames == 1:
        progress = progress + 0.5
    half_width = (canvas.right - canvas.left) / 2
    half_height = canvas.aspect / 2
    direction = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)

    x = uniform(-0.08, 0.08).expand(shape)
    y = uniform(-0.02, 0.09).expand(shape)
    scale, angle, opacity = (torch.full(shape, value, device=canvas.device) for value in (1.0, 0.0, 1.0))

    reach_x = (half_width - 0.42 * sizes[:, None]).clamp(0.22, 0.45) * uniform(0.95, 1.08)
    along_x = reach_x * (2 * progress - 1)
    x = torch.where(is_motion("right"), along_x, x)
    x = torch.where(is_motion("left"), -along_x, x)

    reach_y = (half_height - 0.42 * sizes[:, None]).clamp(0.22, 0.45) * uniform(0.95, 1.08)
    along_y = reach_y * (2 * progress - 1)
    y = torch.where(is_motion("down"), along_y, y)
    y = torch.where(is_motion("up"), -along_y, y)

    floor = (half_height - 0.5 * sizes[:, None] - 0.03).clamp(0.12, 0.26)
    y = torch.where(is_motion("bounce"), floor - hop((seconds / BOUNCE_PERIOD) % 1.0, BOUNCE_HEIGHT), y)
    jump_phase = (progress - JUMP_START) / (JUMP_END - JUMP_START)
    y = torch.where(is_motion("jump"), floor - hop(jump_phase, JUMP_HEIGHT), y)

    turned = direction * TURN * SPIN_TURNS_PER_SECOND * uniform(0.95, 1.08) * seconds
    angle = torch.where(is_motion("spin"), turned, angle)

    swung = direction * SWING_ANGLE * torch.cos(TURN * seconds / SWING_PERIOD)
    angle = torch.where(is_motion("swing"), swung, angle)
    x = torch.where(is_motion("swing"), x * 0.5 - SWING_ROPE * torch.sin(swung), x)
    y = torch.where(is_motion("swing"), y - SWING_ROPE * (1 - torch.cos(swung)), y)

    around = direction * TURN * (seconds / CIRCLE_PERIOD + uniform(0, 1))
    x = torch.where(is_motion("circle"), CIRCLE_RADIUS * torch.cos(around), x)
    y = torch.where(is_motion("circle"), CIRCLE_RADIUS * torch.sin(around), y)

    scale = torch.where(is_motion("grow"), GROW_FROM + (GROW_TO - GROW_FROM) * progress, scale)
    scale = torch.where(is_motion("shrink"), GROW_TO - (GROW_TO - GROW_FROM) * progress, scale)

    wobble = direction * torch.sin(TURN * seconds / SHAKE_PERIOD)
    x = torch.where(is_motion("shake"), x + SHAKE_WIDTH * wobble, x)
    angle = torch.where(is_motion("shake"), SHAKE_ANGLE * wobble, angle)

    opacity = torch.where(
        is_motion("fade"), smoothstep(progress, FADE_START, FADE_END).expand(shape), opacity
    )
    return Track(x, y, scale * sizes[:, None], angle, opacity)
