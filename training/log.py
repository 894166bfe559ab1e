"""One line an event, with the second of the run, to the screen and to a file."""

import traceback
from pathlib import Path
from typing import Any, Callable

import torch


def _format(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        value = value.item()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Log:
    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file, self.now = open(path, "a", buffering=1), now

    def __call__(self, phase: str, text: str = "", **numbers: Any) -> None:
        words = [text] if text else []
        words += [f"{name}={_format(value)}" for name, value in numbers.items()]
        line = f"[{self.now():7.1f}] {phase}: {' '.join(words)}"
        print(line, flush=True)
        self.file.write(line + "\n")

    def error(self, phase: str, error: BaseException) -> None:
        self(phase, f"FAILED, going on without: {error!r:.300}")
        self.file.write("".join(traceback.format_exception(type(error), error, error.__traceback__))[-3000:])


def gpu_gigabytes() -> float:
    """The most GPU memory this process has held."""
    return torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0.0
