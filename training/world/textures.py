"""Wide pictures made once from a fixed seed, which backgrounds slide along: cloud noise, a city, a forest."""
from typing import Dict

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from world.canvas import Canvas

SEED = 7
VARIANTS = 8
TILE_WIDTH_UNITS = 3.0  # how many short sides of a picture one tile is wide
ROWS, COLUMNS = 128, 384  # pixels of a tile
SUPERSAMPLING = 3


def _smooth_noise(rng: np.random.Generator, cells_high: int, cells_wide: int, octaves: int) -> np.ndarray:
    """(ROWS, COLUMNS) in about [0, 1]: cells_high x cells_wide blobs, each octave twice as many."""
    total, weight = np.zeros((ROWS, COLUMNS)), 0.0
    for octave in range(octaves):
        coarse = torch.tensor(rng.random((1, 1, cells_high * 2**octave + 1, cells_wide * 2**octave + 1)))
        fine = F.interpolate(coarse, size=(ROWS, COLUMNS), mode="bicubic", align_corners=True)
        total += 0.4**octave * fine[0, 0].numpy()
        weight += 0.4**octave
    return total / weight


def _grid() -> np.ndarray:
    """(2, rows, columns) of y and x in tile pixels, supersampled."""
    rows = (np.arange(ROWS * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    columns = (np.arange(COLUMNS * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    return np.stack(np.meshgrid(rows, columns, indexing="ij"))


def _shrink(image: np.ndarray) -> np.ndarray:
    """Averages a supersampled (channels, rows, columns) picture down to (channels, ROWS, COLUMNS)."""
    return F.avg_pool2d(torch.tensor(image)[None], SUPERSAMPLING)[0].numpy()


def _soften(image: np.ndarray) -> np.ndarray:
    """A blur of about a pixel; colours are weighed by alpha, so that no dark rim appears."""
    image = image.copy()
    image[:3] *= image[3:]
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    planes = F.pad(torch.tensor(image)[:, None], (2, 2, 2, 2), mode="replicate")
    planes = F.conv2d(F.conv2d(planes, kernel.view(1, 1, 1, 5)), kernel.view(1, 1, 5, 1))[:, 0].numpy()
    planes[:3] /= np.maximum(planes[3:], 1e-3)
    return planes


def _paint(image: np.ndarray, where: np.ndarray, color: np.ndarray) -> None:
    """Makes the masked pixels of an RGBA picture opaque in one colour."""
    image[:3, where] = np.asarray(color, dtype=np.float32)[:, None]
    image[3, where] = 1


def _city(rng: np.random.Generator) -> np.ndarray:
    """(4, ROWS, COLUMNS): a hazy row of towers, and a dark one before it with large lit windows."""
    y, x = _grid()
    image = np.zeros((4, *y.shape), np.float32)
    left = -rng.random() * 20
    while left < COLUMNS:
        width, top = 22 + 18 * rng.random(), ROWS * (0.30 + 0.25 * rng.random())
        _paint(image, (x >= left) & (x < left + width) & (y > top), (0.32, 0.20, 0.45))
        left += width
    left = -rng.random() * 20
    while left < COLUMNS:
        columns_of_windows = int(rng.integers(2, 4))
        width, top = 19 * columns_of_windows + 7, ROWS * (0.46 + 0.22 * rng.random())
        shade = 0.9 + 0.35 * rng.random()
        _paint(image, (x >= left) & (x < left + width) & (y > top), np.array([0.14, 0.13, 0.28]) * shade)
        for row in np.arange(top + 8, ROWS, 22):
            for column in range(columns_of_windows):
                if rng.random() < 0.6:
                    window_left = left + 7 + 19 * column
                    inside = (x >= window_left) & (x < window_left + 12) & (y >= row) & (y < row + 13)
                    _paint(image, inside, (0.98, 0.78, 0.44))
        left += width + 6 * rng.random()
    return _soften(_shrink(image))


def _forest(rng: np.random.Generator) -> np.ndarray:
    """(4, ROWS, COLUMNS): three rows of firs, the farther the hazier."""
    y, x = _grid()
    image = np.zeros((4, *y.shape), np.float32)
    rows = (
        (0.64, 56, 20, (0.58, 0.79, 0.62)),
        (0.76, 62, 24, (0.38, 0.66, 0.45)),
        (0.90, 68, 28, (0.20, 0.49, 0.30)),
    )
    for base, height, half_width, color in rows:
        middle = rng.random() * 30
        while middle < COLUMNS + 30:
            tall = height * (0.85 + 0.3 * rng.random())
            below_top = (y - (ROWS * base - tall)) / tall
            spread = half_width * (
                below_top * 0.62 + 0.38 * ((below_top * 2.999) % 1.0) * (0.35 + 0.65 * below_top)
            )
            tree = (below_top > 0) & (below_top < 1) & (np.abs(x - middle) < spread)
            _paint(image, tree, np.array(color) * (0.94 + 0.12 * rng.random()))
            middle += half_width * (1.7 + 0.9 * rng.random())
        _paint(image, y > ROWS * base - 2, color)
    return _soften(_shrink(image))


class Textures:
    """The tiles on one device: cloud and blob have one channel, city and forest are RGBA."""

    def __init__(self, device: torch.device):
        rng = np.random.default_rng(SEED)
        variants = range(VARIANTS)
        tiles: Dict[str, np.ndarray] = {
            "cloud": np.stack([_smooth_noise(rng, 6, 9, 2)[None] for _ in variants]),
            "blob": np.stack([_smooth_noise(rng, 4, 12, 1)[None] for _ in variants]),
            "city": np.stack([_city(rng) for _ in variants]),
            "forest": np.stack([_forest(rng) for _ in variants]),
        }
        self._tiles = {
            name: torch.tensor(tile, dtype=torch.float32, device=device) for name, tile in tiles.items()
        }

    def slide(self, name: str, canvas: Canvas, speed_x: Tensor, speed_y: float = 0.0) -> Tensor:
        """A random part of a random tile, moving at units a second (speed_x: (count, 1, 1, 1, 1)).

        Returns (count, frames, channels, height, width). A tile that ends is reflected.
        """
        tiles = self._tiles[name]
        chosen = tiles[(canvas.uniform(shape=()) * VARIANTS).long().clamp(max=VARIANTS - 1)]
        start = canvas.uniform(0.0, TILE_WIDTH_UNITS - 1)
        x = (start + canvas.x - speed_x * canvas.time) * (2 / TILE_WIDTH_UNITS) - 1
        y = (canvas.y - speed_y * canvas.time) * 2 - 1
        shape = (canvas.count, canvas.frames, 1, canvas.height, canvas.width)
        grid = torch.stack([x.expand(shape), y.expand(shape)], -1)
        rows = canvas.frames * canvas.height
        picked = F.grid_sample(
            chosen,
            grid.reshape(canvas.count, rows, canvas.width, 2),
            mode="bilinear",
            padding_mode="reflection",
            align_corners=False,
        )
        return picked.view(canvas.count, -1, canvas.frames, canvas.height, canvas.width).transpose(1, 2)
