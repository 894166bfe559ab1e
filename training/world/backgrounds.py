"""Paints the 16 sceneries and the plain colours: large smooth shapes that move slowly."""
import math
from typing import Callable, Dict, Tuple

import torch
from torch import Tensor

from world.canvas import Canvas, mix, smoothstep
from world.scenes import PLAIN_COLORS
from world.textures import Textures

TURN = 2 * math.pi
EDGE = 0.016  # picture heights over which one shape blends into the next: 2 pixels of 128
DRIFT = 0.028  # units (short sides) a second: 3.6 pixels of 128

Color = Tuple[float, float, float]


def below(canvas: Canvas, line: Tensor, edge: float = EDGE) -> Tensor:
    """1 under a line (y in picture heights), 0 above it."""
    return smoothstep(canvas.y - line, -edge / 2, edge / 2)


def wave_line(canvas: Canvas, level: float, rise: float, waves: float, speed: Tensor) -> Tensor:
    """y of a wavy line with `waves` waves a unit, drifting at `speed` units a second."""
    phase = TURN * canvas.uniform()
    angle = TURN * waves * (canvas.x - speed * canvas.time) + phase
    return level + rise * torch.sin(angle)


def layered(
    canvas: Canvas,
    picture: Tensor,
    layers: Tuple[Tuple[Color, float, float, float], ...],
    drift: float = DRIFT,
    light: float = 0.35,
) -> Tensor:
    """Wavy layers one before the other, each lighter at its crest; a layer: colour, level, rise, waves."""
    direction = canvas.sign()
    for depth, (color, level, rise, waves) in enumerate(layers):
        line = wave_line(canvas, level, rise, waves, direction * drift * (0.6 + 0.4 * depth))
        shade = 1 + light * (0.12 - (canvas.y - line)).clamp(-0.2, 0.12)
        picture = mix(picture, canvas.color(*color) * shade, below(canvas, line))
    return picture


def gradient(canvas: Canvas, top: Color, bottom: Color, end: float = 1.0) -> Tensor:
    """From one colour at the top to another at y = end."""
    return mix(canvas.color(*top), canvas.color(*bottom), (canvas.y / end).clamp(0, 1))


def disc(canvas: Canvas, x: Tensor, y: Tensor, radius: float) -> Tuple[Tensor, Tensor]:
    """A round body at x in units and y in picture heights: (its shape, its glow), both in [0, 1]."""
    distance = ((canvas.x - x) ** 2 + (canvas.y_unit - y * canvas.aspect) ** 2).sqrt()
    return smoothstep(distance, radius + 0.01, radius - 0.01), torch.exp(-((distance / (3 * radius)) ** 2))


def spots(
    canvas: Canvas, number: int, size_x: float, size_y: float, speed_x: float, speed_y: float
) -> Tensor:
    """Soft spots (standard deviations size_x and size_y, units) that drift and come back on the other side.

    Speeds are in units a second. Returns (count, frames, 1, height, width); a lone spot peaks at 1.
    """
    shape = (number, 1)
    margin = 3 * max(size_x, size_y)
    time = canvas.time.view(1, 1, -1)
    wide, high = canvas.right - canvas.left + 2 * margin, canvas.aspect + 2 * margin
    along = torch.arange(number, device=canvas.device).view(1, number, 1) / number  # spread, not clustered
    x = (along + canvas.uniform(0, 0.7 / number, shape)) * wide + speed_x * time
    y = canvas.uniform(0, 1, shape) * high + speed_y * time
    x = x.remainder(wide) - margin + canvas.left
    y = y.remainder(high) - margin
    columns = torch.exp(-(((canvas.x.view(1, 1, 1, -1) - x[..., None]) / size_x) ** 2) / 2)
    rows = torch.exp(-(((canvas.y_unit.view(1, 1, 1, -1) - y[..., None]) / size_y) ** 2) / 2)
    total = torch.matmul(
        rows.permute(0, 2, 3, 1), columns.permute(0, 2, 1, 3)
    )  # (count, frames, height, width)
    return total[:, :, None]


def clouds(canvas: Canvas, textures: Textures, low: float = 0.52, high: float = 0.72) -> Tensor:
    """How much cloud there is, in [0, 1], drifting sideways."""
    return smoothstep(textures.slide("cloud", canvas, canvas.sign() * DRIFT), low, high)


def high_up(canvas: Canvas, start: float = 0.2, end: float = 0.5) -> Tensor:
    """1 at the top of the picture, 0 from y = end on."""
    return smoothstep(canvas.y, end, start)


def evening_sky(canvas: Canvas, textures: Textures, horizon: float) -> Tuple[Tensor, Tensor]:
    """A sky with a low sun, and x of the sun."""
    height = (canvas.y / horizon).clamp(0, 1)
    sky = mix(canvas.color(0.36, 0.20, 0.52), canvas.color(0.95, 0.42, 0.36), smoothstep(height, 0.0, 0.62))
    sky = mix(sky, canvas.color(1.0, 0.80, 0.40), smoothstep(height, 0.5, 1.0))
    sky = mix(sky, canvas.color(0.98, 0.55, 0.55), clouds(canvas, textures) * 0.45 * high_up(canvas))
    sun_x = canvas.uniform(0.22, 0.78)
    sun, glow = disc(canvas, sun_x, horizon - canvas.uniform(0.07, 0.13) + 0.008 * canvas.time, 0.115)
    sky = mix(sky, canvas.color(1.0, 0.80, 0.42), glow * 0.6)
    return mix(sky, canvas.color(1.0, 0.96, 0.72), sun), sun_x


def sunset(canvas: Canvas, textures: Textures) -> Tensor:
    sky, _ = evening_sky(canvas, textures, 0.66)
    return layered(
        canvas,
        sky,
        (((0.42, 0.17, 0.33), 0.70, 0.035, 0.9), ((0.24, 0.10, 0.24), 0.82, 0.03, 0.7)),
        drift=0.6 * DRIFT,
    )


def starry(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.05, 0.06, 0.22), (0.24, 0.20, 0.50))
    nebula = smoothstep(textures.slide("blob", canvas, canvas.sign() * 0.3 * DRIFT), 0.45, 0.85)
    sky = mix(sky, canvas.color(0.45, 0.28, 0.68), nebula * 0.5)
    stars = spots(canvas, 13, 0.017, 0.017, 0.008, 0.0)
    twinkle = 0.85 + 0.15 * torch.sin(1.5 * canvas.time + 9 * canvas.x + 7 * canvas.y)
    sky = mix(sky, canvas.color(1.0, 0.97, 0.80), (1.1 * stars * twinkle).clamp(0, 1))
    return layered(canvas, sky, (((0.07, 0.07, 0.17), 0.87, 0.025, 0.8),), drift=0.5 * DRIFT)


def ocean(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.36, 0.68, 0.97), (0.83, 0.94, 1.0), 0.6)
    sky = mix(sky, canvas.color(1, 1, 1), clouds(canvas, textures) * 0.8 * high_up(canvas))
    return layered(
        canvas,
        sky,
        (
            ((0.20, 0.58, 0.86), 0.58, 0.010, 2.0),
            ((0.13, 0.47, 0.78), 0.68, 0.016, 1.7),
            ((0.08, 0.36, 0.68), 0.80, 0.022, 1.3),
            ((0.05, 0.27, 0.57), 0.92, 0.026, 1.0),
        ),
    )


def ocean_sunset(canvas: Canvas, textures: Textures) -> Tensor:
    sky, sun_x = evening_sky(canvas, textures, 0.60)
    sea = layered(
        canvas,
        sky,
        (
            ((0.55, 0.38, 0.60), 0.58, 0.008, 2.0),
            ((0.38, 0.30, 0.58), 0.68, 0.014, 1.7),
            ((0.25, 0.23, 0.52), 0.80, 0.020, 1.3),
            ((0.16, 0.17, 0.43), 0.92, 0.024, 1.0),
        ),
    )
    depth = (canvas.y - 0.58).clamp(min=0)
    gleam = torch.exp(-(((canvas.x - sun_x) / (0.09 + 0.25 * depth)) ** 2)) * smoothstep(canvas.y, 0.57, 0.62)
    return mix(sea, canvas.color(1.0, 0.78, 0.45), gleam * (0.75 - 0.9 * depth))


def meadow(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.40, 0.70, 0.98), (0.85, 0.95, 1.0), 0.6)
    sky = mix(sky, canvas.color(1, 1, 1), clouds(canvas, textures) * 0.9 * high_up(canvas))
    return layered(
        canvas,
        sky,
        (
            ((0.62, 0.84, 0.42), 0.56, 0.045, 0.8),
            ((0.44, 0.74, 0.32), 0.68, 0.035, 1.0),
            ((0.29, 0.62, 0.25), 0.83, 0.025, 1.3),
        ),
    )


def desert(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.48, 0.74, 0.92), (0.99, 0.90, 0.72), 0.58)
    sun, glow = disc(canvas, canvas.uniform(0.15, 0.85), canvas.uniform(0.14, 0.20), 0.085)
    sky = mix(sky, canvas.color(1.0, 0.96, 0.75), (glow * 0.45 + sun).clamp(0, 1))
    return layered(
        canvas,
        sky,
        (
            ((0.95, 0.76, 0.48), 0.58, 0.055, 0.8),
            ((0.89, 0.64, 0.36), 0.70, 0.05, 1.0),
            ((0.79, 0.52, 0.27), 0.84, 0.035, 1.2),
        ),
    )


def snow(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.50, 0.62, 0.78), (0.80, 0.87, 0.94), 0.75)
    land = layered(
        canvas,
        sky,
        (((0.83, 0.89, 0.96), 0.70, 0.035, 0.8), ((0.95, 0.97, 1.0), 0.82, 0.03, 1.0)),
        drift=0.6 * DRIFT,
    )
    flakes = spots(canvas, 9, 0.026, 0.026, 0.012, 0.055)
    return mix(land, canvas.color(1, 1, 1), (1.5 * flakes).clamp(0, 1))


def rain(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.30, 0.35, 0.44), (0.52, 0.58, 0.65), 0.8)
    sky = mix(
        sky,
        canvas.color(0.22, 0.25, 0.33),
        clouds(canvas, textures, 0.42, 0.66) * high_up(canvas, 0.15, 0.42),
    )
    land = layered(canvas, sky, (((0.30, 0.37, 0.43), 0.84, 0.012, 1.0),), drift=0.4 * DRIFT)
    drops = spots(canvas, 9, 0.013, 0.05, 0.0, 0.11)
    return mix(land, canvas.color(0.70, 0.86, 1.0), (1.1 * drops).clamp(0, 0.85))


def city(canvas: Canvas, textures: Textures) -> Tensor:
    sky = mix(
        gradient(canvas, (0.10, 0.09, 0.30), (0.55, 0.28, 0.55), 0.7),
        canvas.color(0.95, 0.50, 0.50),
        smoothstep(canvas.y, 0.3, 1.0) * 0.5,
    )
    towers = textures.slide("city", canvas, canvas.sign() * 0.7 * DRIFT)
    return mix(sky, towers[:, :, :3], towers[:, :, 3:])


def forest(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.80, 0.93, 0.86), (0.70, 0.87, 0.72), 0.7)
    trees = textures.slide("forest", canvas, canvas.sign() * 0.7 * DRIFT)
    picture = mix(sky, trees[:, :, :3], trees[:, :, 3:])
    return mix(picture, canvas.color(0.30, 0.55, 0.22), below(canvas, torch.full_like(canvas.y, 0.92), 0.03))


def underwater(canvas: Canvas, textures: Textures) -> Tensor:
    water = gradient(canvas, (0.20, 0.72, 0.84), (0.03, 0.25, 0.52))
    slant = canvas.x + 0.4 * canvas.y_unit
    rays = torch.sin(9 * slant + TURN * canvas.uniform() + 0.5 * canvas.time)
    water = water + 0.07 * rays * (1 - canvas.y)
    sand = layered(canvas, water, (((0.55, 0.58, 0.46), 0.88, 0.02, 1.0),), drift=0.0)
    bubbles = spots(canvas, 6, 0.034, 0.034, 0.0, -0.06)
    ring = smoothstep(bubbles, 0.22, 0.50) * (1 - 0.65 * smoothstep(bubbles, 0.5, 0.85))
    return mix(sand, canvas.color(0.82, 0.97, 1.0), ring * 0.75)


def checker(canvas: Canvas, textures: Textures) -> Tensor:
    horizon = 0.54
    wall = gradient(canvas, (0.42, 0.50, 0.74), (0.80, 0.84, 0.95), horizon)
    distance = 0.26 / (canvas.y - horizon).clamp(min=0.02)  # 0.57 at the lower edge
    sharpness = 4.0 / distance  # tiles far away blend into each other
    across = (canvas.x - 0.5) * distance * 2.6 + canvas.uniform(0, 2)
    along = distance * 1.7 + canvas.sign() * 0.12 * canvas.time
    columns = torch.tanh(sharpness * torch.sin(math.pi * across))
    rows = torch.tanh(sharpness * torch.sin(math.pi * along))
    tile = 0.5 + 0.5 * columns * rows * smoothstep(distance, 3.6, 1.2)
    floor = mix(canvas.color(0.20, 0.20, 0.25), canvas.color(0.93, 0.93, 0.96), tile)
    return mix(wall, floor, below(canvas, torch.full_like(canvas.y, horizon)))


def mountain(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.42, 0.66, 0.95), (0.90, 0.95, 1.0), 0.7)
    direction, peaks = canvas.sign(), torch.full_like(canvas.x, -1.0)
    for index in range(5):
        middle = -0.45 + 0.48 * index + canvas.uniform(-0.08, 0.08) + direction * 0.5 * DRIFT * canvas.time
        away = ((canvas.x - middle) ** 2 + 0.0012).sqrt()
        peaks = torch.maximum(peaks, canvas.uniform(0.44, 0.62) - 1.05 * away)
    ridge = 0.80 - peaks
    rock = mix(
        canvas.color(0.45, 0.50, 0.64), canvas.color(0.36, 0.44, 0.55), smoothstep(canvas.y, 0.45, 0.85)
    )
    snow_line = 0.42 + 0.018 * torch.sin(16 * (canvas.x - direction * 0.5 * DRIFT * canvas.time))
    rock = mix(canvas.color(0.98, 0.99, 1.0), rock, below(canvas, snow_line, 0.03))
    picture = mix(sky, rock, below(canvas, ridge))
    return layered(
        canvas, picture, (((0.34, 0.56, 0.44), 0.81, 0.02, 0.9), ((0.25, 0.46, 0.36), 0.91, 0.015, 1.1))
    )


def stripes(canvas: Canvas, textures: Textures) -> Tensor:
    position = (
        canvas.x
        + canvas.sign() * 0.55 * canvas.y_unit
        + canvas.uniform()
        + canvas.sign() * DRIFT * canvas.time
    )
    scaled = position * 4.5
    band = scaled.floor() + smoothstep(scaled - scaled.floor(), 0.78, 1.0)
    hue = band / 6 * TURN
    channels = [0.60 + 0.36 * torch.cos(hue - shift) for shift in (0.0, TURN / 3, 2 * TURN / 3)]
    return torch.cat(channels, 2)


def lava(canvas: Canvas, textures: Textures) -> Tensor:
    rock = textures.slide("blob", canvas, canvas.sign() * DRIFT, speed_y=0.01)
    heat = textures.slide("blob", canvas, -canvas.sign() * 0.6 * DRIFT)
    flow = 0.6 * rock + 0.4 * heat
    picture = mix(
        canvas.color(0.26, 0.05, 0.05), canvas.color(0.90, 0.22, 0.05), smoothstep(flow, 0.34, 0.52)
    )
    return mix(picture, canvas.color(1.0, 0.80, 0.28), smoothstep(flow, 0.52, 0.68))


def cloudy(canvas: Canvas, textures: Textures) -> Tensor:
    sky = gradient(canvas, (0.30, 0.62, 0.97), (0.66, 0.86, 1.0))
    return mix(sky, canvas.color(1, 1, 1), clouds(canvas, textures, 0.46, 0.68) * 0.95)


def plain(canvas: Canvas, color: Color) -> Tensor:
    """One colour under a light that falls off a little and wanders slowly."""
    light_x = canvas.uniform(0.3, 0.7) + 0.06 * torch.sin(0.6 * canvas.time + TURN * canvas.uniform())
    falloff = (canvas.x - light_x) ** 2 + (canvas.y_unit - 0.35) ** 2
    return canvas.color(*color) * (canvas.uniform(1.0, 1.05) - 0.16 * falloff)


PAINTERS: Dict[str, Callable[[Canvas, Textures], Tensor]] = {
    "sunset": sunset,
    "starry": starry,
    "ocean": ocean,
    "ocean_sunset": ocean_sunset,
    "meadow": meadow,
    "desert": desert,
    "snow": snow,
    "rain": rain,
    "city": city,
    "forest": forest,
    "underwater": underwater,
    "checker": checker,
    "mountain": mountain,
    "stripes": stripes,
    "lava": lava,
    "clouds": cloudy,
}


def paint(name: str, canvas: Canvas, textures: Textures) -> Tensor:
    """The background of one group of clips: (count, frames, 3, height, width) in [0, 1]."""
    if name.startswith("plain_"):
        picture = plain(canvas, PLAIN_COLORS[name[len("plain_") :]])
    else:
        picture = PAINTERS[name](canvas, textures)
    shape = (canvas.count, canvas.frames, 3, canvas.height, canvas.width)
    return picture.clamp(0, 1).expand(shape)
