"""Makes the stored pair of noise and video by which the engine proves that it equals these networks.

    python3 training/parity.py    after every change of the weights in models/emoji-world

Runs the shipped model in float32 on the CPU: a prompt, a short sampling loop with guidance, the VAE's
decoder. The golden test `golden.parity` starts from the same noise and compares text embedding, latent and
frames.
"""

import argparse
from pathlib import Path
from typing import Dict

import torch

from buckets import FPS, Bucket
from caption_text import CaptionTokeniser
from model_folder import TEXT_ENCODER, TRANSFORMER, VAE, build
from models.safetensors_file import write_safetensors
from text_to_video import TextToVideo, denoise, sampling_times

REPOSITORY = Path(__file__).resolve().parent.parent
PROMPT = "A red apple bouncing over the ocean at sunset"
# Two chunks of the VAE, height and width that cannot be exchanged unnoticed, and less than a megabyte.
CLIP = Bucket(frames=34, height=32, width=64, share=1.0, batch=1)
STEPS = 4
GUIDANCE = 4.0
SEED = 0


@torch.no_grad()
def make_pair(model_folder: Path) -> Dict[str, torch.Tensor]:
    """`in.*` is what the engine is given, `act.*` values on the way, `out` the frames (frames, h, w, 3)."""
    model = TextToVideo(build(model_folder, TEXT_ENCODER), build(model_folder, TRANSFORMER)).eval()
    vae = build(model_folder, VAE).eval()
    ids = torch.from_numpy(CaptionTokeniser(model_folder)([PROMPT])).long()
    mask = ids > 0
    channels = model.denoiser.config["in_channels"]
    noise = torch.randn(1, *CLIP.latent_shape(channels), generator=torch.Generator().manual_seed(SEED))
    latent = denoise(model, ids, noise, CLIP, STEPS, GUIDANCE)
    frames = vae.decode(latent, CLIP.frames)[0]
    return {
        "in.prompt": torch.tensor(list(PROMPT.encode())),  # bytes of UTF-8
        "in.frames": torch.tensor([CLIP.frames]),
        "in.height": torch.tensor([CLIP.height]),
        "in.width": torch.tensor([CLIP.width]),
        "in.fps": torch.tensor([FPS]),
        "in.steps": torch.tensor([STEPS]),
        "in.guidance": torch.tensor([GUIDANCE]),
        "in.noise": noise,
        "act.tokens": ids[mask],
        "act.timesteps": torch.tensor(sampling_times(CLIP, STEPS)[:-1]) * 1000,
        "act.text": model.text_encoder(ids, mask)[mask],
        "act.latent": latent,
        "out": frames.permute(0, 2, 3, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=REPOSITORY / "models" / "emoji-world")
    parser.add_argument(
        "--output", type=Path, default=REPOSITORY / "tests" / "golden" / "parity" / "emoji_world.safetensors"
    )
    args = parser.parse_args()
    pair = make_pair(args.model)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(pair, args.output)
    for name, tensor in pair.items():
        print(f"{name:14} {str(tuple(tensor.shape)):20} RMS {tensor.double().square().mean().sqrt():.4g}")
    print(f"{args.output}: {args.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
