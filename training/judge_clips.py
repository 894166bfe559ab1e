"""Clips that the judge learns from: rendered, through a VAE, and changed at random."""
import contextlib
from pathlib import Path
from typing import Callable, Optional, Tuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from judge_network import picked_frames
from world.render import World
from world.scenes import sample_scenes

CLIP_FRAMES, HEIGHT, WIDTH = 34, 128, 128
VAE_BATCH = 16  # clips at once, to bound memory

Reconstruct = Callable[[Tensor], Tensor]  # (count, frames, 3, height, width) in [-1, 1] -> the same


def blur(clips: Tensor, deviation: float) -> Tensor:
    """(count, frames, 3, height, width), softened by a Gaussian of `deviation` pixels."""
    radius = max(1, int(2.5 * deviation))
    offsets = torch.arange(-radius, radius + 1, device=clips.device, dtype=clips.dtype)
    kernel = torch.exp(-((offsets / deviation) ** 2) / 2)
    kernel = kernel / kernel.sum()
    planes = clips.reshape(-1, 1, *clips.shape[3:])
    planes = F.conv2d(F.pad(planes, (radius, radius, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
    planes = F.conv2d(F.pad(planes, (0, 0, radius, radius), mode="replicate"), kernel.view(1, 1, -1, 1))
    return planes.view(clips.shape)


def augment(clips: Tensor) -> Tensor:
    """Random blur, gain, offset and noise, so that the judge does not hang on to details of the renderer."""
    count, device = len(clips), clips.device
    softened = torch.rand(count, device=device) < 0.4
    clips = clips.clone()
    if softened.any():
        clips[softened] = blur(clips[softened], 0.5 + 1.3 * float(torch.rand(()))).to(clips.dtype)
    gain = 1 + 0.12 * (2 * torch.rand(count, 1, 1, 1, 1, device=device) - 1)
    tint = 0.05 * torch.randn(count, 1, 3, 1, 1, device=device)
    noise = 0.06 * torch.rand(count, 1, 1, 1, 1, device=device)
    return clips * gain + tint + noise * torch.randn_like(clips)


def load_vae(folder: Optional[Path], device: str) -> Optional[Reconstruct]:
    """A function that sends clips through the VAE of a model folder and back; None without a folder."""
    if folder is None:
        return None
    import model_folder  # the networks are needed for nothing else here

    vae = model_folder.build(folder, model_folder.VAE).to(device).eval()

    @torch.no_grad()
    def reconstruct(clips: Tensor) -> Tensor:
        with half_precision(device):
            parts = [vae.decode(vae.encode(part), part.shape[1]) for part in clips.split(VAE_BATCH)]
        return torch.cat(parts).float().clamp(-1, 1)

    return reconstruct


def half_precision(device: str) -> contextlib.AbstractContextManager:
    """bf16 on a GPU, nothing on a CPU."""
    if str(device).startswith("cuda"):
        return torch.autocast("cuda", torch.bfloat16)
    return contextlib.nullcontext()


class Pool:
    """Clips of the judge's 12 frames with their scenes, as bytes on the device."""

    def __init__(self):
        self.clips, self.labels = [], []

    def add(self, clips: Tensor, scenes: np.ndarray) -> None:
        """clips (count, frames, 3, height, width) in [-1, 1]."""
        seen = clips[:, torch.as_tensor(picked_frames(clips.shape[1]), device=clips.device)]
        self.clips.append(((seen + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
        self.labels.append(torch.as_tensor(scenes[:, :3], device=clips.device).long())

    def freeze(self) -> None:
        self.clips, self.labels = torch.cat(self.clips), torch.cat(self.labels)

    def __len__(self) -> int:
        return len(self.labels) if torch.is_tensor(self.labels) else sum(len(part) for part in self.labels)

    def draw(self, count: int) -> Tuple[Tensor, Tensor]:
        """(count, 12, 3, height, width) in [-1, 1], (count, 3) labels."""
        chosen = torch.randint(len(self), (count,), device=self.labels.device)
        return self.clips[chosen].float() / 127.5 - 1, self.labels[chosen]


def fill_pools(
    world: World,
    reconstruct: Optional[Reconstruct],
    rng: np.random.Generator,
    generator: torch.Generator,
    batch: int,
    enough: Callable[[int], bool],
) -> Tuple[Pool, Pool]:
    """Renders until enough(clips so far) holds; returns real clips, and clips through the VAE if any.

    Every rendered clip is real in the one pool; those of every other batch are in the other pool, too.
    """
    real, through_vae, batches = Pool(), Pool(), 0
    while not enough(len(real)):
        scenes = sample_scenes(rng, batch, "all")
        clips, _ = world.render(scenes, CLIP_FRAMES, HEIGHT, WIDTH, generator=generator)
        real.add(clips, scenes)
        if reconstruct is not None and batches % 2 == 0:
            through_vae.add(reconstruct(clips), scenes)
        batches += 1
    real.freeze()
    if reconstruct is not None:
        through_vae.freeze()
    return real, through_vae
