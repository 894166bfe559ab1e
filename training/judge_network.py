"""The judge: a small network that names the object, the motion and the background of a clip."""
from pathlib import Path
from typing import Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from world.scenes import BACKGROUNDS, MOTIONS, OBJECTS

FRAMES_SEEN = 12
TASKS = (("object", len(OBJECTS)), ("motion", len(MOTIONS)), ("background", len(BACKGROUNDS)))


def picked_frames(frames: int) -> np.ndarray:
    """The 12 frames that the judge sees, spread evenly over a clip of `frames` frames."""
    return np.linspace(0, frames - 1, FRAMES_SEEN).round().astype(int)


def judge_input(frames: np.ndarray) -> Tensor:
    """(count, 12, height, width, 3) uint8 -> (count, 12, 3, height, width) in [-1, 1]."""
    return torch.from_numpy(frames).permute(0, 1, 4, 2, 3).float() / 127.5 - 1


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
        self.over_time = nn.Sequential(
            nn.Conv1d(128, 128, 3, padding=1),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Conv1d(128, 128, 3, padding=1),
            nn.BatchNorm1d(128),
            nn.ReLU(),
        )
        self.motion_head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.1),
            nn.Linear(128 * FRAMES_SEEN, 96),
            nn.ReLU(),
            nn.Linear(96, TASKS[1][1]),
        )

    def forward(self, clips: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """(count, 12, 3, 128, 128) in [-1, 1] -> logits (count, names) of object, motion, background."""
        count = len(clips)
        changes = clips - clips.mean(1, keepdim=True)  # still parts are grey: shows what moves
        images = (
            torch.cat([clips, 2 * changes], 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        )
        features = self.blocks(F.relu(self.stem_norm(self.stem(images))))  # (count * 12, 128, 8, 8)
        everywhere = features.view(count, FRAMES_SEEN, 128, 64)
        weights = (
            self.attention(features).view(count, FRAMES_SEEN, 4, 64).transpose(1, 2).flatten(2).softmax(-1)
        )
        looked_at = torch.matmul(weights, everywhere.permute(0, 1, 3, 2).flatten(1, 2))  # (count, 4, 128)
        overall = everywhere.mean((1, 3))
        strongest = everywhere.mean(1).amax(2)
        course = self.place(features).view(count, FRAMES_SEEN, 128).transpose(1, 2)
        return (
            self.object_head(looked_at.flatten(1)),
            self.motion_head(self.over_time(course)),
            self.background_head(torch.cat([overall, strongest], 1)),
        )

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
        judge.load_state_dict(
            {
                name: tensor.float() if tensor.dtype == torch.float16 else tensor
                for name, tensor in state.items()
            }
        )
        return judge.to(device).eval()

    @torch.no_grad()
    def name(self, clips: Tensor) -> Tuple[np.ndarray, np.ndarray]:
        """Clips as for forward -> (count, 3) object, motion and background, and their probabilities."""
        probabilities = [logits.float().softmax(-1) for logits in self(clips)]
        best = [table.max(-1) for table in probabilities]
        return (
            torch.stack([entry.indices for entry in best], 1).cpu().numpy(),
            torch.stack([entry.values for entry in best], 1).cpu().numpy(),
        )
