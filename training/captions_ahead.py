"""Writes and tokenises the captions of all clips, in processes of its own while the GPU is busy.

    python3 -m training.captions_ahead --resume models/emoji-world --clips 64000 --seed 1 --out captions.npz
"""

import argparse
import importlib
import random
from multiprocessing import get_context
from pathlib import Path
from typing import Tuple

import numpy as np

from .buckets import BUCKETS, bucket_scenes, tiny
from .caption_text import CAPTION_TOKENS, CaptionTokeniser

CAPTIONS_PER_CLIP = 4
_PART = 1000  # clips a task


def _write_captions(task: Tuple[str, str, np.ndarray, int]) -> np.ndarray:
    """-> (clips, CAPTIONS_PER_CLIP, CAPTION_TOKENS) int16."""
    world, model_folder, scenes, seed = task
    captions = importlib.import_module(f"{world}.captions")
    generator, tokenise = random.Random(seed), CaptionTokeniser(model_folder)
    texts = [captions.caption(generator, scene) for scene in scenes for _ in range(CAPTIONS_PER_CLIP)]
    return tokenise(texts).reshape(len(scenes), CAPTIONS_PER_CLIP, CAPTION_TOKENS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resume", required=True, help="model folder with the tokenizer")
    parser.add_argument("--world", default="training.world")
    parser.add_argument("--clips", type=int, default=64000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path, required=True, help="captions.npz: one array a bucket, by its name")
    args = parser.parse_args()

    buckets = tiny(BUCKETS) if args.tiny else BUCKETS
    scenes = bucket_scenes(importlib.import_module(f"{args.world}.scenes"), buckets, args.clips, args.seed)
    arrays = {}
    with get_context("spawn").Pool(args.processes) as pool:
        for number, (bucket, rows) in enumerate(zip(buckets, scenes)):
            seeds = [args.seed * 1_000_003 + number * 10_007 + first for first in range(0, len(rows), _PART)]
            parts = [rows[first : first + _PART] for first in range(0, len(rows), _PART)]
            tasks = [(args.world, args.resume, part, seed) for part, seed in zip(parts, seeds)]
            arrays[bucket.name] = np.concatenate(pool.map(_write_captions, tasks))
            print(bucket.name, len(rows), "longest", int((arrays[bucket.name] > 0).sum(-1).max()), flush=True)
    partial = args.out.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.replace(args.out)


if __name__ == "__main__":
    main()
