"""The sizes and lengths of video that the denoiser learns."""

from dataclasses import dataclass
from types import ModuleType
from typing import List, Tuple

import numpy as np

FPS = 8
CHUNK = 17  # frames that the VAE takes at a time
LATENT_CHUNK = 5


@dataclass(frozen=True)
class Bucket:
    frames: int
    height: int
    width: int
    share: float  # of all clips and of all steps
    batch: int  # clips a step

    @property
    def name(self) -> str:
        return f"{self.frames}f{self.width}x{self.height}"

    @property
    def chunks(self) -> int:
        return self.frames // CHUNK

    @property
    def pixels(self) -> Tuple[int, int]:
        return self.height, self.width

    def latent_shape(self, channels: int) -> Tuple[int, int, int, int]:
        return channels, self.chunks * LATENT_CHUNK, self.height // 8, self.width // 8


MAIN = Bucket(34, 128, 128, 0.70, 256)
BUCKETS = [
    MAIN,
    Bucket(17, 128, 128, 0.075, 512),
    Bucket(68, 128, 128, 0.075, 128),
    Bucket(34, 96, 160, 0.075, 256),
    Bucket(34, 160, 96, 0.075, 256),
]


def tiny(buckets: List[Bucket]) -> List[Bucket]:
    """The same with two clips a step, for a try on a CPU."""
    return [Bucket(b.frames, b.height, b.width, b.share, 2) for b in buckets]


def bucket_scenes(scenes: ModuleType, buckets: List[Bucket], clips: int, seed: int) -> List[np.ndarray]:
    """What is shown in the clips of each bucket: the same in every process that asks with the same seed."""
    counts = [max(bucket.batch, round(clips * bucket.share)) for bucket in buckets]
    return [
        scenes.sample_scenes(np.random.default_rng([seed, index]), count)
        for index, count in enumerate(counts)
    ]
