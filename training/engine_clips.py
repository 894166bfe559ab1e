"""Lets odsora generate a clip and reads it back, without loss."""
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import List

import numpy as np
from PIL import Image

DEFAULT_ENGINE = Path(__file__).resolve().parent.parent / "build" / "release" / "bin" / "odsora"


@dataclass(frozen=True)
class Engine:
    """The program, the model folder, and options that go to every clip, such as ['--steps', '30']."""

    program: Path
    model: Path
    options: List[str] = field(default_factory=list)

    def generate(self, prompt: str, seed: int) -> np.ndarray:
        """(frames, height, width, 3) uint8."""
        with tempfile.TemporaryDirectory() as folder:
            command = [
                str(self.program),
                "generate",
                "-p",
                prompt,
                "--model",
                str(self.model),
                "--seed",
                str(seed),
                "--progress",
                "none",
                "-o",
                f"{folder}/clip.png",
                *self.options,
            ]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode:
                raise RuntimeError(f"odsora failed on {prompt!r}: {done.stderr.strip()}")
            pictures = sorted(Path(folder).glob("clip*.png"))
            return np.stack([np.asarray(Image.open(picture).convert("RGB")) for picture in pictures])
