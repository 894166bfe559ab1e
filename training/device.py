"""Settings of PyTorch for the device that trains."""

from contextlib import AbstractContextManager

import torch


def pick_device() -> torch.device:
    """The GPU if there is one, with fast float32 products and convolution search on."""
    if not torch.cuda.is_available():
        torch.set_num_threads(1)
        return torch.device("cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    return torch.device("cuda")


def mixed_precision(device: torch.device) -> AbstractContextManager:
    """bfloat16 products on the GPU; float32 on the CPU."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
