"""Contact sheets, to see what training has reached."""

from pathlib import Path
from typing import List

import torch

from buckets import MAIN
from caption_text import CaptionTokeniser
from device import mixed_precision
from models.video_vae import VideoVae
from text_to_video import TextToVideo, sample

SHOWN_FRAMES = (0, 6, 11, 16, 17, 22, 27, 33)
PROMPTS = [
    "a red apple bouncing over the ocean at sunset",
    "a large dog spinning on a green meadow",
    "a rocket moving up on a starry night",
    "a panda jumping in the forest",
    "a red car moving to the left in the city at night",
    "a huge pizza rotating on a plain blue background",
    "a cat bouncing in the snow",
    "a fish moving to the right underwater",
    "a robot shaking on a checkerboard floor",
    "the ghost fading in in the mountains",
    "a butterfly circling in the clouds",
    "in the desert, a cactus shrinking",
    "an umbrella swinging in the rain",
    "a yellow star falling in front of rainbow stripes",
    "an octopus growing over lava",
    "a penguin standing still on a plain pink background",
]


def save_sheet(rows: List[torch.Tensor], path: Path) -> None:
    """rows: each (frames, 3, h, w) in [-1, 1]; one below the other, as PNG."""
    from PIL import Image

    picture = torch.cat([torch.cat(list(row.float().cpu()), 2) for row in rows], 1)
    pixels = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def save_reconstructions(clips: torch.Tensor, restored: torch.Tensor, path: Path, most: int = 10) -> None:
    """Each real clip, and below it the same through the VAE."""
    frames = list(SHOWN_FRAMES)
    rows = [clip[frames] for pair in zip(clips[:most], restored[:most]) for clip in pair]
    save_sheet(rows, path)


@torch.no_grad()
def save_samples(
    model: TextToVideo, vae: VideoVae, tokenise: CaptionTokeniser, path: Path, steps: int = 30, most: int = 16
) -> None:
    """The denoiser's clips for PROMPTS. The model must not be a compiled one."""
    device = vae.scale.device
    ids = torch.tensor(tokenise(PROMPTS[:most]), device=device).long()
    latent = sample(model, ids, MAIN, steps=steps, seed=3)
    with mixed_precision(device):
        clips = torch.cat([vae.decode(part, MAIN.frames).float() for part in latent.split(8)])
    save_sheet([clip[list(SHOWN_FRAMES)] for clip in clips], path)
