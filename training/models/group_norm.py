"""Group norm followed by SiLU, on tensors whose last dimension holds the channels.

PyTorch's own kernel wants the channels first, so in the channels-last layout, which convolutions prefer, it
costs two transpositions. Under torch.compile the sums below become one kernel and the rest is fused into its
neighbours.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


def is_compiling() -> bool:
    compiler = getattr(torch, "compiler", None)
    return compiler is not None and compiler.is_compiling()


def _from_sums(x: torch.Tensor, norm: nn.GroupNorm) -> torch.Tensor:
    batch, channels, groups = x.shape[0], x.shape[-1], norm.num_groups
    positions = tuple(range(1, x.dim() - 1))
    count = x.numel() // (batch * groups)
    values = x.float()
    mean = values.sum(positions).view(batch, groups, -1).sum(-1) / count
    square = (values * values).sum(positions).view(batch, groups, -1).sum(-1) / count
    inverse = torch.rsqrt((square - mean * mean).clamp_min(0.0) + norm.eps)
    scale = norm.weight.view(1, groups, -1) * inverse[:, :, None]
    shift = norm.bias.view(1, groups, -1) - mean[:, :, None] * scale
    broadcast = (batch,) + (1,) * len(positions) + (channels,)
    return values * scale.reshape(broadcast) + shift.reshape(broadcast)


def group_norm(x: torch.Tensor, norm: nn.GroupNorm, silu: bool) -> torch.Tensor:
    """x (batch, ..., channels); statistics over all positions and the channels of a group."""
    if is_compiling():
        y = _from_sums(x, norm)
    else:
        with torch.autocast(x.device.type, enabled=False):
            channels_first = x.movedim(-1, 1)
            weight, bias = norm.weight.to(x.dtype), norm.bias.to(x.dtype)
            y = F.group_norm(channels_first, norm.num_groups, weight, bias, norm.eps).movedim(1, -1)
    if silu:
        y = F.silu(y)
    return y.to(x.dtype)


def group_norm_2d(x: torch.Tensor, norm: nn.GroupNorm, silu: bool) -> torch.Tensor:
    """The same for x (batch, channels, height, width) in memory format channels_last."""
    return group_norm(x.permute(0, 2, 3, 1), norm, silu).permute(0, 3, 1, 2)
