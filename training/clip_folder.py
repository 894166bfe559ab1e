"""Folders of clips that outlive a run: what clips were made with, and files that are never half written."""
import json
import zlib
from pathlib import Path
from typing import Any, Dict

import numpy as np


def checksum(folder: Path) -> str:
    """Of all weights of a model folder, so that clips of different models are never mixed."""
    files, value = sorted(folder.glob("*/*.safetensors")), 0
    if not files:
        raise SystemExit(f"{folder} holds no weights (*/*.safetensors)")
    for file in files:
        value = zlib.crc32(file.read_bytes(), value)
    return f"{value:08x}"


def keep_settings(folder: Path, settings: Dict) -> None:
    """Notes what the folder's clips were made with; a folder made with something else is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "settings.json"
    if note.exists() and json.loads(note.read_text()) != settings:
        raise SystemExit(f"{folder} holds clips of other settings (see {note}): choose another folder")
    note.write_text(json.dumps(settings, indent=2) + "\n")


def clip_file(folder: Path, entry: Dict) -> Path:
    """Where the clip of a prompt lies."""
    return folder / f"{entry['group']}_{entry['number']:04d}.npz"


def save_clip(folder: Path, entry: Dict, **arrays: Any) -> None:
    """Writes the arrays of a prompt's clip, all or nothing."""
    file = clip_file(folder, entry)
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(partial, prompt=entry["prompt"], **arrays)
    partial.rename(file)


def load_clip(folder: Path, entry: Dict) -> Dict[str, np.ndarray]:
    """The arrays of a prompt's clip."""
    with np.load(clip_file(folder, entry)) as file:
        if str(file["prompt"]) != entry["prompt"]:
            raise SystemExit(
                f"{clip_file(folder, entry)} was made from another prompt: choose another folder"
            )
        return dict(file)
