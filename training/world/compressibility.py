"""How well clips survive strong compression, by background and motion: python3 -m world.compressibility

Of the 3-D cosine transform of each chunk of 17 frames, only the largest 1/48 of the coefficients are kept,
about what the model's VAE keeps. The PSNR that is left tells which parts of the world will be hard to learn.
"""
import argparse
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from world.render import World
from world.scenes import BACKGROUNDS, MOTIONS, OBJECTS, sample_scenes
from world.sprites import DEFAULT_ATLAS

CHUNK_FRAMES = 17
KEPT_SHARE = 1 / 48


def cosine_basis(size: int) -> Tensor:
    """(size, size) orthonormal DCT-II matrix, a row per frequency."""
    positions = torch.arange(size, dtype=torch.float32) + 0.5
    frequencies = torch.arange(size, dtype=torch.float32)[:, None]
    basis = torch.cos(math.pi / size * frequencies * positions) * math.sqrt(2 / size)
    basis[0] /= math.sqrt(2)
    return basis


def transform(chunks: Tensor) -> Tensor:
    """(count, frames, 3, height, width) -> coefficients of the same shape, along all axes but the first."""
    for axis in range(1, 5):
        basis = cosine_basis(chunks.shape[axis]).to(chunks.device)
        chunks = torch.tensordot(chunks, basis, dims=([axis], [1])).movedim(-1, axis)
    return chunks


def kept_psnr(chunks: Tensor) -> Tensor:
    """(count, frames, 3, height, width) in [-1, 1] -> (count,) PSNR in dB with the largest coefficients only.

    The basis is orthonormal, so the energy of the coefficients left out is the error of the picture.
    """
    energy = transform(chunks).flatten(1).square()
    kept = int(energy.shape[1] * KEPT_SHARE)
    lost = energy.sum(1) - energy.topk(kept, dim=1).values.sum(1)
    return 10 * torch.log10(4 * energy.shape[1] / lost.clamp(min=1e-9))


def measure(world: World, scenes: np.ndarray, generator: torch.Generator, batch: int) -> np.ndarray:
    """(count,) mean dB of the chunks of each scene's clip of 34 frames."""
    results = []
    for start in range(0, len(scenes), batch):
        clips, _ = world.render(scenes[start : start + batch], frames=2 * CHUNK_FRAMES, generator=generator)
        results.append((kept_psnr(clips[:, :CHUNK_FRAMES]) + kept_psnr(clips[:, CHUNK_FRAMES:])) / 2)
    return torch.cat(results).cpu().numpy()


def print_groups(title: str, names, indices: np.ndarray, psnr: np.ndarray, limit: int = 100) -> None:
    means = sorted(
        (psnr[indices == index].mean(), name) for index, name in enumerate(names) if (indices == index).any()
    )
    print(f"{title}, worst first: " + ", ".join(f"{name} {mean:.1f}" for mean, name in means[:limit]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--art", type=Path, default=DEFAULT_ATLAS)
    parser.add_argument("--clips", type=int, default=364)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=26)
    arguments = parser.parse_args()
    scenes = sample_scenes(np.random.default_rng(arguments.seed), arguments.clips)
    scenes[:, 2] = np.arange(len(scenes)) % len(BACKGROUNDS)  # each equally often, held-out pairs or not
    generator = torch.Generator(arguments.device).manual_seed(arguments.seed)
    psnr = measure(World(arguments.device, arguments.art), scenes, generator, arguments.batch)
    mean_error = 10 * np.log10(np.mean(10 ** (-psnr / 10)))
    print(f"{len(scenes)} clips: mean {psnr.mean():.2f} dB, {-mean_error:.2f} dB of the mean error")
    print_groups("backgrounds", BACKGROUNDS, scenes[:, 2], psnr)
    print_groups("motions", MOTIONS, scenes[:, 1], psnr)
    print_groups("sizes", ("normal", "large"), scenes[:, 3], psnr)
    print_groups("objects", [item.name for item in OBJECTS], scenes[:, 0], psnr, 16)


if __name__ == "__main__":
    main()
