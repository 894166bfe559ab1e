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


def _smooth_noise(rng: np.random.Generator, cells_high: int, octaves: int) -> np.ndarray:
    """(ROWS, COLUMNS) in about [0, 1], with blobs of ROWS / cells_high pixels."""
    total, weight = np.zeros((ROWS, COLUMNS)), 0.0
    for octave in range(octaves):
        cells = cells_high * 2 ** octave
        coarse = torch.tensor(rng.random((1, 1, cells + 3, 3 * cells + 3)))
        fine = F.interpolate(coarse, scale_factor=ROWS / cells, mode="bicubic", align_corners=False)[0, 0]
        margin = (fine.shape[0] - ROWS) // 2
        total += 0.45 ** octave * fine[margin:margin + ROWS, margin:margin + COLUMNS].numpy()
        weight += 0.45 ** octave
    return total / weight


def _grid() -> np.ndarray:
    """(2, rows, columns) of y and x in tile pixels, supersampled."""
    rows = (np.arange(ROWS * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    columns = (np.arange(COLUMNS * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    return np.stack(np.meshgrid(rows, columns, indexing="ij"))


def _shrink(image: np.ndarray) -> np.ndarray:
    """Averages a supersampled (channels, rows, columns) picture down to (channels, ROWS, COLUMNS)."""
    return F.avg_pool2d(torch.tensor(image)[None], SUPERSAMPLING)[0].numpy()


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
        width, top = 16 * columns_of_windows + 6, ROWS * (0.46 + 0.22 * rng.random())
        shade = 0.9 + 0.35 * rng.random()
        _paint(image, (x >= left) & (x < left + width) & (y > top), np.array([0.10, 0.10, 0.22]) * shade)
        for row in np.arange(top + 8, ROWS, 19):
            for column in range(columns_of_windows):
                if rng.random() < 0.6:
                    window_left = left + 6 + 16 * column
                    inside = (x >= window_left) & (x < window_left + 10) & (y >= row) & (y < row + 10)
                    _paint(image, inside, (1.0, 0.80, 0.42))
        left += width + 6 * rng.random()
    return _shrink(image)


def _forest(rng: np.random.Generator) -> np.ndarray:
    """(4, ROWS, COLUMNS): three rows of firs, the farther the hazier."""
    y, x = _grid()
    image = np.zeros((4, *y.shape), np.float32)
    rows = ((0.66, 58, 17, (0.50, 0.74, 0.56)), (0.76, 64, 20, (0.28, 0.58, 0.38)), (0.90, 74, 25, (0.12, 0.40, 0.24)))
    for base, height, half_width, color in rows:
        middle = rng.random() * 30
        while middle < COLUMNS + 30:
            tall = height * (0.85 + 0.3 * rng.random())
            below_top = (y - (ROWS * base - tall)) / tall
            spread = half_width * (below_top * 0.62 + 0.38 * ((below_top * 2.999) % 1.0) * (0.35 + 0.65 * below_top))
            tree = (below_top > 0) & (below_top < 1) & (np.abs(x - middle) < spread)
            _paint(image, tree, np.array(color) * (0.94 + 0.12 * rng.random()))
            middle += half_width * (1.5 + 0.9 * rng.random())
        _paint(image, y > ROWS * base - 2, color)
    return _shrink(image)


class Textures:
    """The tiles, on one device: 'cloud' and 'blob' have one channel, 'city' and 'forest' red, green, blue, alpha."""

    def __init__(self, device: torch.device):
        rng = np.random.default_rng(SEED)
        variants = range(VARIANTS)
        tiles: Dict[str, np.ndarray] = {
            "cloud": np.stack([_smooth_noise(rng, 5, 2)[None] for _ in variants]),
            "blob": np.stack([_smooth_noise(rng, 4, 1)[None] for _ in variants]),
            "city": np.stack([_city(rng) for _ in variants]),
            "forest": np.stack([_forest(rng) for _ in variants]),
        }
        self._tiles = {name: torch.tensor(tile, dtype=torch.float32, device=device) for name, tile in tiles.items()}

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
        picked = F.grid_sample(chosen, grid.reshape(canvas.count, rows, canvas.width, 2), mode="bilinear",
                               padding_mode="reflection", align_corners=False)
        return picked.view(canvas.count, -1, canvas.frames, canvas.height, canvas.width).transpose(1, 2)
