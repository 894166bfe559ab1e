"""Compiles the pieces that training uses, in processes of their own, into the cache that training loads.

    python3 training/compile_ahead.py decoder --resume models/emoji-world --work training/out/run

Compilation takes minutes and loading from the cache seconds, so training starts at once without, and goes
over to the compiled pieces as soon as a flag file says that they are ready. Everything here is optional:
without flags, training runs as it is.
"""

import argparse
import os
from pathlib import Path
from typing import Callable, List

import torch

from buckets import BUCKETS, Bucket
from caption_text import CAPTION_TOKENS
from device import mixed_precision, pick_device, synchronise
from model_folder import TEXT_ENCODER, TRANSFORMER, VAE, build, read_config
from models.stdit3 import STDiT3
from models.video_vae import VideoVae
from text_to_video import TextToVideo
from vae_parts import (
    CACHE_CHUNKS,
    CHUNKS_PER_STEP,
    FRAMES_PER_STEP,
    ChunkEncode,
    SpatialDecodeLoss,
    SpatialEncode,
    TemporalRoundTrip,
    prepare_vae,
)

DEFAULT_CACHE = "/tmp/ondevice-sora-compiled"
ROLES = ("decoder", "encoder", "denoiser")
_VARIANTS = 128  # shapes and modes of one piece of code


def use_compile_cache(folder: str) -> None:
    """Call before the first compilation."""
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
    os.environ["TRITON_CACHE_DIR"] = str(Path(folder) / "triton")
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "5")


def allow_variants() -> None:
    import torch._dynamo

    torch._dynamo.config.cache_size_limit = _VARIANTS


def flag_path(work: Path, name: str) -> Path:
    return work / "flags" / name


def is_ready(work: Path, name: str) -> bool:
    return flag_path(work, name).exists()


def _raise_flag(work: Path, name: str, device: torch.device) -> None:
    synchronise(device)
    flag_path(work, name).parent.mkdir(parents=True, exist_ok=True)
    flag_path(work, name).write_text("ready")
    print(name, "ready", flush=True)


def compiled(module: torch.nn.Module) -> Callable:
    return torch.compile(module, dynamic=False)


def compile_spatial_encode(vae: VideoVae, device: torch.device) -> Callable:
    """Compiled, and run once forwards and backwards in the shapes of training."""
    part = compiled(SpatialEncode(vae.spatial))
    frames = torch.randint(0, 256, (FRAMES_PER_STEP, 3, 128, 128), device=device).to(torch.uint8)
    with mixed_precision(device):
        mean, log_variance = part(frames)
    (mean.square().mean() + log_variance.mean()).backward()
    return part


def compile_spatial_decode(vae: VideoVae, device: torch.device) -> Callable:
    part = compiled(SpatialDecodeLoss(vae.spatial))
    shape = (FRAMES_PER_STEP, 16, 16, vae.latent_channels)
    latent = torch.randn(shape, device=device, requires_grad=True)
    frames = torch.randint(0, 256, (FRAMES_PER_STEP, 3, 128, 128), device=device).to(torch.uint8)
    masks = torch.randint(0, 256, (FRAMES_PER_STEP, 32, 32), device=device).to(torch.uint8)
    with mixed_precision(device):
        loss, _, _ = part(latent * 1.0, frames, masks)
    loss.backward()
    return part


def compile_round_trip(vae: VideoVae, device: torch.device) -> Callable:
    part = compiled(TemporalRoundTrip(vae.temporal_vae))
    latent = torch.randn(CHUNKS_PER_STEP, 17, 16, 16, vae.latent_channels, device=device, requires_grad=True)
    shape = (CHUNKS_PER_STEP, 5, 16, 16, vae.latent_channels)
    draws, noise = torch.randn(shape, device=device), torch.randn(shape, device=device)
    with mixed_precision(device):
        restored, mean, log_variance = part(latent * 1.0, draws, noise)
    (restored.square().mean() + mean.square().mean() + log_variance.mean()).backward()
    return part


@torch.no_grad()
def compile_chunk_encode(vae: VideoVae, device: torch.device) -> Callable:
    part = compiled(ChunkEncode(vae))
    pixels = torch.randint(0, 256, (CACHE_CHUNKS, 17, 3, 128, 128), device=device).to(torch.uint8)
    with mixed_precision(device):
        part(pixels)
    return part


def compile_blocks(denoiser: STDiT3) -> None:
    """Each block by itself: all blocks of a kind share one compilation for each size of video."""
    allow_variants()
    for block in (*denoiser.spatial_blocks, *denoiser.temporal_blocks):
        block.compile(dynamic=False)


def run_denoiser_once(model: TextToVideo, bucket: Bucket, device: torch.device) -> None:
    channels = model.denoiser.config["in_channels"]
    latent = torch.randn(bucket.batch, *bucket.latent_shape(channels), device=device)
    ids = torch.zeros(bucket.batch, CAPTION_TOKENS, dtype=torch.long, device=device)
    ids[:, :12] = 5
    without_text = torch.rand(bucket.batch, device=device) < 0.1
    with mixed_precision(device):
        time = torch.rand(bucket.batch, device=device) * 1000
        model(latent, time, ids, bucket.pixels, without_text).square().mean().backward()
    model.zero_grad(set_to_none=True)


def _compile_denoiser(resume: str, work: Path, device: torch.device, buckets: List[Bucket]) -> None:
    denoiser = STDiT3(dict(read_config(resume, TRANSFORMER), depth=1))
    model = TextToVideo(build(resume, TEXT_ENCODER), denoiser).to(device)
    denoiser.low_precision_stream = True
    compile_blocks(denoiser)
    for bucket in buckets:
        run_denoiser_once(model, bucket, device)
        _raise_flag(work, f"denoiser-{bucket.name}", device)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--resume", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--compile-cache", default=DEFAULT_CACHE)
    args = parser.parse_args()
    use_compile_cache(args.compile_cache)
    device = pick_device()
    allow_variants()
    if args.role == "denoiser":
        _compile_denoiser(args.resume, args.work, device, BUCKETS)
        return
    vae = prepare_vae(build(args.resume, VAE), device)
    if args.role == "decoder":
        compile_spatial_decode(vae, device)
        _raise_flag(args.work, "spatial-decode", device)
    else:
        compile_spatial_encode(vae, device)
        _raise_flag(args.work, "spatial-encode", device)
        compile_round_trip(vae, device)
        _raise_flag(args.work, "round-trip", device)
        vae.zero_grad(set_to_none=True)
        compile_chunk_encode(vae.eval().requires_grad_(False), device)
        _raise_flag(args.work, "chunk-encode", device)


if __name__ == "__main__":
    main()
