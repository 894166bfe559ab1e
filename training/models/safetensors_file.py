"""Reads and writes safetensors files: a length, a JSON header, then the raw little-endian data."""

import json
import struct
from pathlib import Path
from typing import Dict

import numpy as np
import torch

_NUMPY_TYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64, "I32": np.int32}
_NAMES = {np.dtype(kind): name for name, kind in _NUMPY_TYPES.items()}


def read_safetensors(path: Path) -> Dict[str, torch.Tensor]:
    """All tensors of a file, in their stored types."""
    content = Path(path).read_bytes()
    (header_size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + header_size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        raw = content[8 + header_size + first : 8 + header_size + last]
        array = np.frombuffer(raw, dtype=_NUMPY_TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def write_safetensors(tensors: Dict[str, torch.Tensor], path: Path) -> None:
    """Writes the tensors in the order given. The file appears whole or not at all."""
    header, offset, pieces = {"__metadata__": {"format": "pt"}}, 0, []
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.detach().cpu().contiguous().numpy())
        data = array.tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
        pieces.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for piece in pieces:
            file.write(piece)
    partial.replace(path)
