"""A small classifier that names the object, the motion and the background of a clip.

    python3 judge.py train --seconds 100 --vae MODEL_FOLDER --output judge.npz --device cuda
    python3 judge.py test  --judge judge.npz [--vae MODEL_FOLDER] --clips 512

It is trained on rendered clips, half of them as they are and half through a VAE, so that it neither rejects what a VAE
does to a picture nor mistakes it for another object. It knows all combinations, held-out ones too: it measures the
generator, and must not share its gaps. Weights are saved as an npz of f16 (running statistics f32).
"""
import argparse
import contextlib
import math
import time
from pathlib import Path
from typing import Callable, Dict, Optional, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from world.art import DEFAULT_ATLAS
from world.render import World
from world.scenes import BACKGROUNDS, MOTIONS, OBJECTS, sample_scenes

FRAMES_SEEN = 12
CLIP_FRAMES, HEIGHT, WIDTH = 34, 128, 128
TASKS = (("object", len(OBJECTS)), ("motion", len(MOTIONS)), ("background", len(BACKGROUNDS)))
GATE = 0.95  # accuracy on real clips under which the judge's verdicts are not worth much

Reconstruct = Callable[[Tensor], Tensor]  # (count, frames, 3, height, width) in [-1, 1] -> the same


def picked_frames(frames: int) -> np.ndarray:
    """The 12 frames that the judge sees, spread evenly over a clip of `frames` frames."""
    return np.linspace(0, frames - 1, FRAMES_SEEN).round().astype(int)


class ResidualBlock(nn.Module):
    """Halves height and width: (count, inputs, h, w) -> (count, outputs, h / 2, w / 2)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        changed = F.relu(self.first_norm(self.first(x)))
        changed = self.second_norm(self.second(changed))
        return F.relu(changed + self.shortcut(F.avg_pool2d(x, 2)))


class Judge(nn.Module):
    """About 0.9 million parameters; clips of 12 frames of 128x128 pixels."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(6, 32, 5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(32)
        self.blocks = nn.Sequential(ResidualBlock(32, 64), ResidualBlock(64, 96), ResidualBlock(96, 128))
        self.attention = nn.Conv2d(128, 4, 1)
        self.object_head = nn.Sequential(nn.Dropout(0.1), nn.Linear(4 * 128, TASKS[0][1]))
        self.background_head = nn.Sequential(nn.Dropout(0.1), nn.Linear(2 * 128, TASKS[2][1]))
        self.place = nn.Sequential(nn.Conv2d(128, 12, 1), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 64, 128))
        self.over_time = nn.Sequential(nn.Conv1d(128, 128, 3, padding=1), nn.BatchNorm1d(128), nn.ReLU(),
                                       nn.Conv1d(128, 128, 3, padding=1), nn.BatchNorm1d(128), nn.ReLU())
        self.motion_head = nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(128 * FRAMES_SEEN, 96), nn.ReLU(),
                                         nn.Linear(96, TASKS[1][1]))

    def forward(self, clips: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """clips (count, 12, 3, 128, 128) in [-1, 1] -> logits of object, motion and background, (count, names)."""
        count = len(clips)
        changes = clips - clips.mean(1, keepdim=True)  # still parts are grey: shows what moves
        images = torch.cat([clips, 2 * changes], 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        features = self.blocks(F.relu(self.stem_norm(self.stem(images))))  # (count * 12, 128, 8, 8)
        everywhere = features.view(count, FRAMES_SEEN, 128, 64)
        weights = self.attention(features).view(count, FRAMES_SEEN, 4, 64).transpose(1, 2).flatten(2).softmax(-1)
        looked_at = torch.matmul(weights, everywhere.permute(0, 1, 3, 2).flatten(1, 2))  # (count, 4, 128)
        overall = everywhere.mean((1, 3))
        strongest = everywhere.mean(1).amax(2)
        course = self.place(features).view(count, FRAMES_SEEN, 128).transpose(1, 2)
        return (self.object_head(looked_at.flatten(1)), self.motion_head(self.over_time(course)),
                self.background_head(torch.cat([overall, strongest], 1)))

    def save(self, path: Path) -> None:
        arrays = {}
        for name, tensor in self.state_dict().items():
            is_statistic = "running" in name or not tensor.is_floating_point()
            arrays[name] = (tensor if is_statistic else tensor.half()).cpu().numpy()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **arrays)

    @staticmethod
    def load(path: Path, device: str = "cpu") -> "Judge":
        judge = Judge()
        with np.load(path) as file:
            state = {name: torch.from_numpy(np.asarray(file[name])) for name in file.files}
        judge.load_state_dict({name: tensor.float() if tensor.dtype == torch.float16 else tensor
                               for name, tensor in state.items()})
        return judge.to(device).eval()

    @torch.no_grad()
    def name(self, clips: Tensor) -> Tuple[np.ndarray, np.ndarray]:
        """Clips as for forward -> verdicts (count, 3) of object, motion, background, and their probabilities."""
        probabilities = [logits.float().softmax(-1) for logits in self(clips)]
        best = [table.max(-1) for table in probabilities]
        return (torch.stack([entry.indices for entry in best], 1).cpu().numpy(),
                torch.stack([entry.values for entry in best], 1).cpu().numpy())


def blur(clips: Tensor, deviation: float) -> Tensor:
    """(count, frames, 3, height, width), softened by a Gaussian of `deviation` pixels."""
    radius = max(1, int(2.5 * deviation))
    offsets = torch.arange(-radius, radius + 1, device=clips.device, dtype=clips.dtype)
    kernel = torch.exp(-(offsets / deviation) ** 2 / 2)
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
        clips[softened] = blur(clips[softened], 0.5 + 1.3 * float(torch.rand(())))
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
            return vae.decode(vae.encode(clips), clips.shape[1]).float().clamp(-1, 1)

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


def fill_pools(world: World, reconstruct: Optional[Reconstruct], rng: np.random.Generator,
               generator: torch.Generator, batch: int, enough: Callable[[int], bool]) -> Tuple[Pool, Pool]:
    """Renders until enough(clips so far) holds. Returns (real clips, clips through the VAE: empty without one).

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


def accuracy(judge: Judge, pool: Pool, batch: int = 64) -> Dict[str, float]:
    """Share of right verdicts for each task."""
    judge.eval()
    right = np.zeros(len(TASKS))
    for start in range(0, len(pool), batch):
        verdicts, _ = judge.name(pool.clips[start:start + batch].float() / 127.5 - 1)
        right += (verdicts == pool.labels[start:start + batch].cpu().numpy()).sum(0)
    return {task: float(share) for (task, _), share in zip(TASKS, right / len(pool))}


def report(judge: Judge, pools: Tuple[Pool, Pool]) -> bool:
    """Prints accuracies on real clips and on those through the VAE; True if real clips pass the gate."""
    passed = True
    for title, pool in zip(("real clips", "through the VAE"), pools):
        if len(pool):
            shares = accuracy(judge, pool)
            print(f"judge on {title:15} ({len(pool)}): "
                  + ", ".join(f"{task} {100 * share:.1f} %" for task, share in shares.items()), flush=True)
            passed = passed and (title != "real clips" or min(shares.values()) >= GATE)
    print(f"judge {'passes' if passed else 'FAILS'} its gate of {100 * GATE:.0f} % on real clips", flush=True)
    return passed


def one_cycle(progress: float, peak: float) -> float:
    """Learning rate at a part of the training: a short rise, then a cosine down to nothing."""
    if progress < 0.08:
        return peak * (0.04 + 0.96 * progress / 0.08)
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - 0.08) / 0.92)) + 1e-6


def train(judge: Judge, pools: Tuple[Pool, Pool], batch: int, seconds: float, device: str, peak: float) -> int:
    """Trains for a time and returns the number of steps; half of each batch comes from each pool that has clips."""
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
        losses = [F.cross_entropy(logits[task].float(), labels[:, task], label_smoothing=0.02) for task in range(3)]
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
    test_pools = fill_pools(world, reconstruct, *random, arguments.render_batch,
                            lambda clips: clips >= arguments.clips)
    deadline = began + arguments.seconds * arguments.pool_share
    pools = fill_pools(world, reconstruct, *random, arguments.render_batch,
                       lambda clips: clips >= arguments.render_batch and time.monotonic() > deadline
                       or clips >= arguments.pool_clips)
    print(f"judge pools: {len(pools[0])} real, {len(pools[1])} through the VAE, "
          f"{time.monotonic() - began:.1f} s", flush=True)
    judge = Judge().to(arguments.device)
    steps = train(judge, pools, arguments.batch, max(1.0, arguments.seconds - (time.monotonic() - began)),
                  arguments.device, arguments.rate)
    judge.save(arguments.output)
    print(f"judge: {steps} steps of {arguments.batch}, {time.monotonic() - began:.1f} s, {arguments.output}")
    return report(Judge.load(arguments.output, arguments.device), test_pools)


def run_test(arguments: argparse.Namespace) -> bool:
    world, reconstruct, random = prepare(arguments, arguments.seed + 1000)
    pools = fill_pools(world, reconstruct, *random, arguments.render_batch, lambda clips: clips >= arguments.clips)
    return report(Judge.load(arguments.judge, arguments.device), pools)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
