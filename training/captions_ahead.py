"""Writes and tokenises the captions of all clips, in processes of its own while the GPU is busy.

    python3 training/captions_ahead.py --resume models/emoji-world --clips 64000 --seed 1 --out captions.npz
"""

import argparse
import importlib
import random
from multiprocessing import get_context
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np

from buckets import BUCKETS, Bucket, bucket_scenes, tiny
from caption_text import CAPTION_TOKENS, CaptionTokeniser

CAPTIONS_PER_CLIP = 4
_PART = 1000  # clips a task


def _write_captions(task: Tuple[str, str, np.ndarray, int]) -> np.ndarray:
    """-> (clips, CAPTIONS_PER_CLIP, CAPTION_TOKENS) int16."""
    world, model_folder, scenes, seed = task
    captions = importlib.import_module(f"{world}.captions")
    generator, tokenise = random.Random(seed), CaptionTokeniser(model_folder)
    texts = [captions.caption(generator, scene) for scene in scenes for _ in range(CAPTIONS_PER_CLIP)]
    return tokenise(texts).reshape(len(scenes), CAPTIONS_PER_CLIP, CAPTION_TOKENS)


def write_captions(
    world: str, model_folder: str, buckets: List[Bucket], scenes: List[np.ndarray], seed: int, processes: int
) -> Dict[str, np.ndarray]:
    """Token ids (clips, CAPTIONS_PER_CLIP, CAPTION_TOKENS) by name of the bucket.

    `processes`: 0 does the work in this one.
    """
    tasks, owners = [], []
    for number, (bucket, rows) in enumerate(zip(buckets, scenes)):
        for first in range(0, len(rows), _PART):
            task_seed = seed * 1_000_003 + number * 10_007 + first
            tasks.append((world, model_folder, rows[first : first + _PART], task_seed))
            owners.append(bucket.name)
    if processes:
        with get_context("spawn").Pool(processes) as pool:
            parts = pool.map(_write_captions, tasks, chunksize=1)
    else:
        parts = list(map(_write_captions, tasks))
    return {
        bucket.name: np.concatenate([part for part, owner in zip(parts, owners) if owner == bucket.name])
        for bucket in buckets
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--resume", required=True, help="model folder with the tokenizer")
    parser.add_argument("--world", default="world")
    parser.add_argument("--clips", type=int, default=64000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path, required=True, help="captions.npz")
    args = parser.parse_args()

    buckets = tiny(BUCKETS) if args.tiny else BUCKETS
    scenes = bucket_scenes(importlib.import_module(f"{args.world}.scenes"), buckets, args.clips, args.seed)
    arrays = write_captions(args.world, args.resume, buckets, scenes, args.seed, args.processes)
    for name, ids in arrays.items():
        print(name, len(ids), "clips, longest caption", int((ids > 0).sum(-1).max()), "tokens", flush=True)
    partial = args.out.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.replace(args.out)


if __name__ == "__main__":
    main()
