"""A small classifier that names the object, the motion and the background of a clip.

    python3 judge.py train --seconds 100 --vae MODEL_FOLDER --output judge.npz --device cuda
    python3 judge.py test  --judge judge.npz [--vae MODEL_FOLDER] --clips 512

It is trained on rendered clips, half of them as they are and half through a VAE, so that it neither rejects
what a VAE does to a picture nor mistakes it for another object. It knows all combinations, held-out ones too:
it measures the generator, and must not share its gaps. Weights are saved as an npz of f16 (running statistics
f32).
"""
import argparse
import math
import time
from pathlib import Path
from typing import Dict, Optional, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from judge_clips import Pool, Reconstruct, augment, fill_pools, half_precision, load_vae
from judge_network import TASKS, Judge
from world.render import World
from world.sprites import DEFAULT_ATLAS

GATE = 0.95  # accuracy on real clips under which the judge's verdicts are not worth much


def accuracy(judge: Judge, pool: Pool, batch: int = 64) -> Dict[str, float]:
    """Share of right verdicts for each task."""
    judge.eval()
    right = np.zeros(len(TASKS))
    for start in range(0, len(pool), batch):
        verdicts, _ = judge.name(pool.clips[start : start + batch].float() / 127.5 - 1)
        right += (verdicts == pool.labels[start : start + batch].cpu().numpy()).sum(0)
    return {task: float(share) for (task, _), share in zip(TASKS, right / len(pool))}


def report(judge: Judge, pools: Tuple[Pool, Pool]) -> bool:
    """Prints accuracies on real clips and on those through the VAE; True if real clips pass the gate."""
    passed = True
    for title, pool in zip(("real clips", "through the VAE"), pools):
        if len(pool):
            shares = accuracy(judge, pool)
            print(
                f"judge on {title:15} ({len(pool)}): "
                + ", ".join(f"{task} {100 * share:.1f} %" for task, share in shares.items()),
                flush=True,
            )
            passed = passed and (title != "real clips" or min(shares.values()) >= GATE)
    print(f"judge {'passes' if passed else 'FAILS'} its gate of {100 * GATE:.0f} % on real clips", flush=True)
    return passed


def one_cycle(progress: float, peak: float) -> float:
    """Learning rate at a part of the training: a short rise, then a cosine down to nothing."""
    if progress < 0.08:
        return peak * (0.04 + 0.96 * progress / 0.08)
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - 0.08) / 0.92)) + 1e-6


def train(
    judge: Judge, pools: Tuple[Pool, Pool], batch: int, seconds: float, device: str, peak: float
) -> int:
    """Trains for a time, half of each batch from each pool that has clips; returns the number of steps."""
    filled = [pool for pool in pools if len(pool)]
    optimizer = torch.optim.AdamW(judge.parameters(), lr=peak, weight_decay=0.02)
    began, steps = time.monotonic(), 0
    judge.train()
    while True:
        progress = (time.monotonic() - began) / seconds
        if progress >= 1:
            return steps
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(progress, peak)
        drawn = [pool.draw(batch // len(filled)) for pool in filled]
        clips, labels = torch.cat([clips for clips, _ in drawn]), torch.cat([labels for _, labels in drawn])
        with half_precision(device):
            logits = judge(augment(clips))
        losses = [
            F.cross_entropy(logits[task].float(), labels[:, task], label_smoothing=0.02) for task in range(3)
        ]
        optimizer.zero_grad(set_to_none=True)
        sum(losses).backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 2.0)
        optimizer.step()
        if steps % 100 == 0:
            values = ", ".join(f"{task} {loss.item():.3f}" for (task, _), loss in zip(TASKS, losses))
            print(f"judge step {steps}, {100 * progress:.0f} % of the time: loss {values}", flush=True)
        steps += 1


def prepare(arguments: argparse.Namespace, seed: int) -> Tuple[World, Optional[Reconstruct], Tuple]:
    """The world, the VAE, and the random numbers of one seed."""
    world = World(arguments.device, arguments.art)
    random = np.random.default_rng(seed), torch.Generator(arguments.device).manual_seed(seed)
    return world, load_vae(arguments.vae, arguments.device), random


def run_train(arguments: argparse.Namespace) -> bool:
    began = time.monotonic()
    torch.manual_seed(arguments.seed)
    world, reconstruct, random = prepare(arguments, arguments.seed)
    test_pools = fill_pools(
        world, reconstruct, *random, arguments.render_batch, lambda clips: clips >= arguments.clips
    )
    deadline = began + arguments.seconds * arguments.pool_share
    pools = fill_pools(
        world,
        reconstruct,
        *random,
        arguments.render_batch,
        lambda clips: clips >= arguments.render_batch
        and time.monotonic() > deadline
        or clips >= arguments.pool_clips,
    )
    print(
        f"judge pools: {len(pools[0])} real, {len(pools[1])} through the VAE, "
        f"{time.monotonic() - began:.1f} s",
        flush=True,
    )
    judge = Judge().to(arguments.device)
    steps = train(
        judge,
        pools,
        arguments.batch,
        max(1.0, arguments.seconds - (time.monotonic() - began)),
        arguments.device,
        arguments.rate,
    )
    judge.save(arguments.output)
    print(f"judge: {steps} steps of {arguments.batch}, {time.monotonic() - began:.1f} s, {arguments.output}")
    return report(Judge.load(arguments.output, arguments.device), test_pools)


def run_test(arguments: argparse.Namespace) -> bool:
    world, reconstruct, random = prepare(arguments, arguments.seed + 1000)
    pools = fill_pools(
        world, reconstruct, *random, arguments.render_batch, lambda clips: clips >= arguments.clips
    )
    return report(Judge.load(arguments.judge, arguments.device), pools)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    for name, run in (("train", run_train), ("test", run_test)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--vae", type=Path, help="model folder whose VAE half of the clips go through")
        command.add_argument("--art", type=Path, default=DEFAULT_ATLAS)
        command.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--clips", type=int, default=512, help="held-out clips for the accuracies")
        command.add_argument("--render-batch", type=int, default=64)
    command.add_argument("--judge", type=Path, required=True)
    training = commands.choices["train"]
    training.add_argument("--seconds", type=float, default=100, help="for all but the last report")
    training.add_argument("--pool-share", type=float, default=0.35, help="of the time, spent on rendering")
    training.add_argument("--pool-clips", type=int, default=24000)
    training.add_argument("--batch", type=int, default=128)
    training.add_argument("--rate", type=float, default=2e-3)
    training.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    raise SystemExit(0 if arguments.run(arguments) else 1)


if __name__ == "__main__":
    main()
