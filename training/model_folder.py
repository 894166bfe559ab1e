"""Model folders in the official layout: text_encoder/, transformer/, vae/, each with config and weights."""

import json
import shutil
from pathlib import Path
from typing import Dict, Union

import torch
import torch.nn as nn

from models.safetensors_file import read_safetensors, write_safetensors
from models.stdit3 import STDiT3
from models.t5 import T5Encoder
from models.video_vae import VideoVae

TEXT_ENCODER, TRANSFORMER, VAE = "text_encoder", "transformer", "vae"
_CLASSES = {TEXT_ENCODER: T5Encoder, TRANSFORMER: STDiT3, VAE: VideoVae}
_KEPT_IN_FLOAT32 = ("scale", "shift")  # of the VAE
_OTHER_FILES = ("odsora.json", "tokenizer/spiece.model", "LICENSE-fluent-emoji")


def read_config(folder: Union[str, Path], part: str) -> Dict:
    return json.loads((Path(folder) / part / "config.json").read_text())


def build(folder: Union[str, Path], part: str, from_scratch: bool = False) -> nn.Module:
    """The network of the folder's config, in float32 on the CPU, with the folder's weights or fresh ones."""
    model = _CLASSES[part](read_config(folder, part))
    if not from_scratch:
        stored = read_safetensors(Path(folder) / part / "model.safetensors")
        model.load_state_dict({name: tensor.float() for name, tensor in stored.items()}, strict=True)
    return model


def save_part(model: nn.Module, part: str, resumed_from: Union[str, Path], folder: Union[str, Path]) -> None:
    """Writes a network as f16 and its config; the VAE's scale and shift stay f32 and go to the config too."""
    target = Path(folder) / part
    target.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, tensor in model.state_dict().items():
        kept = tensor.detach().float() if name in _KEPT_IN_FLOAT32 else tensor.detach().half()
        if not torch.isfinite(kept).all():
            raise ValueError(f"{part}: {name} is not finite, nothing is written")
        tensors[name] = kept.cpu().contiguous()
    write_safetensors(tensors, target / "model.safetensors")
    config = read_config(resumed_from, part)
    if part == VAE:
        config["scale"] = model.scale.flatten().tolist()
        config["shift"] = model.shift.flatten().tolist()
    (target / "config.json").write_text(json.dumps(config, indent=1))


def copy_other_files(resumed_from: Union[str, Path], folder: Union[str, Path]) -> None:
    """The tokenizer, the manifest and the licence of the art."""
    for name in _OTHER_FILES:
        source, target = Path(resumed_from) / name, Path(folder) / name
        if source.exists() and not (target.exists() and source.samefile(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
