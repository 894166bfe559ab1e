"""Latents of all clips that the denoiser learns from, made once with the finished VAE and kept on the GPU."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

import numpy as np
import torch

from buckets import CHUNK, FPS, MAIN, Bucket
from clip_pool import ClipPool, to_bytes
from compile_ahead import compile_chunk_encode, is_ready
from device import mixed_precision, synchronise
from log import Log
from models.video_vae import VideoVae
from schedule import Clock, attempt
from vae_parts import CACHE_CHUNKS

_OTHER_SIZES_SHARE = 0.5  # of the time at most
_LOAD_SECONDS = 25
_LEAST_BATCHES = 1


@dataclass
class BucketLatents:
    """Clips of one size: normalised latents (n, channels, frames, h, w), half precision, on the GPU."""

    bucket: Bucket
    latents: torch.Tensor
    captions: Optional[torch.Tensor] = None  # (n, captions, tokens) int16


@torch.no_grad()
def set_latent_scale(vae: VideoVae, pool: ClipPool, clips: int = 512, batch: int = 16) -> None:
    """The VAE's shift and scale become the mean and the spread of each channel over clips of the pool."""
    latents = []
    for first in range(0, min(clips, pool.count), batch):
        with mixed_precision(pool.device):
            latents.append(vae.encode(pool.frames[first : first + batch]).float() * vae.scale + vae.shift)
    values = torch.cat(latents)
    vae.shift.copy_(values.mean((0, 2, 3, 4), keepdim=True))
    vae.scale.copy_(values.std((0, 2, 3, 4), keepdim=True).clamp_min(1e-3))


class CacheBuilder:
    def __init__(
        self,
        vae: VideoVae,
        pool: ClipPool,
        scenes: List[np.ndarray],
        clock: Clock,
        log: Log,
        work: Path,
        tiny: bool,
    ) -> None:
        self.vae, self.pool, self.scenes = vae, pool, scenes
        self.clock, self.log, self.work, self.tiny = clock, log, work, tiny
        self.compiled: Optional[Callable] = None

    def _load_compiled(self) -> None:
        if self.tiny or not is_ready(self.work, "chunk-encode"):
            return
        device = self.pool.device
        action = lambda: compile_chunk_encode(self.vae, device)  # noqa: E731
        self.compiled = attempt("compiled cache encoder", _LOAD_SECONDS, action, self.log)
        self.log("cache", "compiled encoder", loaded=self.compiled is not None)

    def _encode_chunks(self, chunks: torch.Tensor) -> torch.Tensor:
        """Bytes (n, 17, 3, height, width) -> latent means (n, 5, h, w, channels)."""
        whole = len(chunks) == CACHE_CHUNKS and tuple(chunks.shape[-2:]) == MAIN.pixels
        with mixed_precision(chunks.device):
            if self.compiled is not None and whole:
                return self.compiled(chunks)
            return torch.cat([self.vae.encode_chunks(part) for part in chunks.split(32)])

    def _encode(self, clips: torch.Tensor, bucket: Bucket) -> torch.Tensor:
        """Bytes (n, frames, 3, height, width) -> latents (n, channels, frames, h, w), not normalised."""
        count = len(clips)
        latents = self._encode_chunks(clips.reshape(count * bucket.chunks, CHUNK, *clips.shape[2:]))
        latents = latents.reshape(count, -1, *latents.shape[2:])
        return latents.permute(0, 4, 1, 2, 3).half()

    def _clips(self, bucket: Bucket, scenes: np.ndarray, first: int, last: int) -> torch.Tensor:
        if bucket is self.main and last <= self.pool.count:
            return self.pool.frames[first:last]
        height, width = bucket.pixels
        rows, render = scenes[first:last], self.pool.world.render
        clips, _ = render(rows, frames=bucket.frames, height=height, width=width, fps=FPS)
        return to_bytes(clips)

    @torch.no_grad()
    def _fill(self, bucket: Bucket, scenes: np.ndarray, until: float) -> BucketLatents:
        count = max(1, CACHE_CHUNKS // bucket.chunks) if not self.tiny else 2
        shape = (len(scenes), *bucket.latent_shape(self.vae.latent_channels))
        latents = torch.empty(shape, dtype=torch.float16, device=self.pool.device)
        done, began, batches = 0, self.clock.now(), 0
        while done < len(scenes) and not (self.tiny and batches >= _LEAST_BATCHES):
            over = self.clock.now() > until or self.clock.stopped
            if over and batches >= _LEAST_BATCHES:
                break
            last = min(done + count, len(scenes))
            latents[done:last] = self._encode(self._clips(bucket, scenes, done, last), bucket)
            done, batches = last, batches + 1
            synchronise(self.pool.device)
        seconds = self.clock.now() - began
        self.log("cache", bucket.name, clips=done, clips_s=done / max(1e-6, seconds), seconds=seconds)
        return BucketLatents(bucket, latents[:done])

    def measure_compiled(self, seconds: float) -> None:
        """Logs the rate of the compiled encoder, if it is there."""
        self._load_compiled()
        if self.compiled is not None:
            self._fill(self.main, self.scenes[0], self.clock.now() + seconds)

    @torch.no_grad()
    def build(self, buckets: List[Bucket], until: float) -> List[BucketLatents]:
        """The first bucket is the pool's size; its first clips are the pool's."""
        self.main = buckets[0]
        self._load_compiled()
        now = self.clock.now()
        others_end = now + _OTHER_SIZES_SHARE * (until - now)
        others = list(zip(buckets[1:], self.scenes[1:]))
        filled = []
        for number, (bucket, scenes) in enumerate(others):
            left = others_end - self.clock.now()
            filled.append(self._fill(bucket, scenes, self.clock.now() + left / (len(others) - number)))
        filled.insert(0, self._fill(buckets[0], self.scenes[0], until))
        for entry in filled:
            for part in entry.latents.split(1024):
                part.copy_(self.vae.normalise(part.float()))
            self.log("cache", entry.bucket.name, spread=entry.latents[:512].float().std())
        return filled
