"""Lets odsora generate a clip and reads it back, without loss."""
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
from PIL import Image

DEFAULT_ENGINE = Path(__file__).resolve().parent.parent / "build" / "release" / "bin" / "odsora"


class EngineError(RuntimeError):
    """The engine cannot be run, or made no clip; one sentence says why."""


def executable(program: Path) -> str:
    """The file that a path, or a name to be found in PATH, stands for."""
    if program.is_file() and os.access(program, os.X_OK):
        return str(program.absolute())
    found = shutil.which(program)
    if not found:
        raise EngineError(f"{program} is no program that can be run: build odsora or give --engine")
    return found


def last_event(output: str, kind: str) -> Dict:
    """The last event of a kind among the lines that `--progress json` printed; empty if there is none."""
    found: Dict = {}
    for line in output.splitlines():
        if line.startswith("{"):
            event = json.loads(line)
            found = event if event.get("event") == kind else found
    return found


@dataclass(frozen=True)
class Engine:
    """The program, the model folder, and options that go to every clip, such as ['--steps', '30']."""

    program: Path
    model: Path
    options: List[str] = field(default_factory=list)

    def generate(self, prompt: str, seed: int) -> np.ndarray:
        """(frames, height, width, 3) uint8."""
        return self.generate_with_report(prompt, seed)[0]

    def generate_with_report(self, prompt: str, seed: int) -> Tuple[np.ndarray, Dict]:
        """(frames, height, width, 3) uint8, and the engine's `done` event: evaluations, seconds and more."""
        with tempfile.TemporaryDirectory() as folder:
            command = [
                executable(self.program),
                "generate",
                "-p",
                prompt,
                "--model",
                str(self.model),
                "--seed",
                str(seed),
                "--progress",
                "json",
                "-o",
                f"{folder}/clip.png",
                *self.options,
            ]
            ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            report = last_event(ended.stdout, "done")
            if ended.returncode or not report:
                reason = last_event(ended.stdout, "error").get("message") or ended.stderr.strip()
                raise EngineError(f"odsora failed on {prompt!r}: {reason or 'it reported no clip'}")
            pictures = sorted(Path(folder).glob("clip*.png"))
            frames = np.stack([np.asarray(Image.open(picture).convert("RGB")) for picture in pictures])
        return frames, report
