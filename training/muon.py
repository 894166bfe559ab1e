"""Muon for weight matrices and convolution kernels, AdamW for the rest, behind one optimiser.

Muon replaces the momentum of a matrix by the nearest matrix with all singular values near one (five
Newton-Schulz steps). The update is scaled so that its elements are as large as AdamW's, so that rates of both
are comparable. A kernel counts as the matrix (outputs, inputs x taps); stacked projections (query, key,
value) as one matrix each.
"""

from typing import Dict, List, Sequence, Tuple

import torch
import torch.nn as nn

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5
_ELEMENT_SIZE = 0.2  # root mean square of AdamW's typical update


def _is_channels_last(parameter: torch.Tensor) -> bool:
    return parameter.dim() == 4 and not parameter.is_contiguous()


def _as_matrices(tensor: torch.Tensor, stacked: int) -> torch.Tensor:
    """-> (stacked, rows, columns), in the order of memory: the order of columns does not matter to Muon."""
    flat = tensor.permute(0, 2, 3, 1) if _is_channels_last(tensor) else tensor
    return flat.reshape(stacked, tensor.shape[0] // stacked, -1)


def _like_parameter(matrices: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    if _is_channels_last(parameter):
        out, inputs, height, width = parameter.shape
        return matrices.reshape(out, height, width, inputs).permute(0, 3, 1, 2)
    return matrices.reshape(parameter.shape)


def orthogonalise(matrices: torch.Tensor) -> torch.Tensor:
    """(n, rows, columns) -> about the same with singular values near one; bfloat16 on a GPU."""
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.float().norm(dim=(1, 2), keepdim=True).to(x.dtype) + 1e-7)
    a, b, c = _NEWTON_SCHULZ
    for _ in range(_NEWTON_SCHULZ_STEPS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    if tall:
        x = x.transpose(1, 2)
    return x.to(matrices.dtype)


class Muon:
    def __init__(self, matrices: Sequence[Tuple[nn.Parameter, int]], momentum: float, decay: float) -> None:
        self.momentum, self.decay = momentum, decay
        self.items = list(matrices)
        self.averages = [torch.zeros_like(parameter) for parameter, _ in self.items]
        self.by_shape: Dict[Tuple[int, ...], List[int]] = {}
        for index, (parameter, stacked) in enumerate(self.items):
            shape = tuple(_as_matrices(parameter.detach(), stacked).shape[1:])
            self.by_shape.setdefault(shape, []).append(index)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for (rows, columns), indices in self.by_shape.items():
            indices = [index for index in indices if self.items[index][0].grad is not None]
            if not indices:
                continue
            parameters = [self.items[index][0] for index in indices]
            gradients = [parameter.grad for parameter in parameters]
            averages = [self.averages[index] for index in indices]
            torch._foreach_mul_(averages, self.momentum)
            torch._foreach_add_(averages, gradients, alpha=1 - self.momentum)
            ahead = torch._foreach_mul(averages, self.momentum)
            torch._foreach_add_(ahead, gradients, alpha=1 - self.momentum)
            counts = [self.items[index][1] for index in indices]
            stack = torch.cat([_as_matrices(tensor, count) for tensor, count in zip(ahead, counts)])
            stack = orthogonalise(stack) * (_ELEMENT_SIZE * max(rows, columns) ** 0.5)
            updates = [_like_parameter(part, p) for part, p in zip(stack.split(counts), parameters)]
            torch._foreach_mul_(parameters, 1 - rate * self.decay)
            torch._foreach_add_(parameters, updates, alpha=-rate)


class Optimiser:
    """`groups`: lists of parameters for AdamW, each with a factor for its rate."""

    def __init__(
        self,
        matrices: Sequence[Tuple[nn.Parameter, int]],
        groups: Sequence[Tuple[List[nn.Parameter], float]],
        matrix_rate: float,
        rate: float,
        betas: Tuple[float, float] = (0.9, 0.98),
        decay: float = 0.01,
        momentum: float = 0.95,
        clip: float = 1.0,
    ) -> None:
        self.matrix_rate, self.rate, self.clip = matrix_rate, rate, clip
        self.muon = Muon(matrices, momentum, decay)
        kept = [{"params": list(group), "factor": factor} for group, factor in groups if group]
        self.parameters = [p for p, _ in self.muon.items] + [p for group in kept for p in group["params"]]
        on_gpu = self.parameters[0].is_cuda
        fused = {"fused": True} if on_gpu else {}
        self.adam = torch.optim.AdamW(kept, rate, betas=betas, weight_decay=decay, **fused)

    def step(self, factor: float) -> torch.Tensor:
        """One update at `factor` of the full rates; returns the norm of all gradients and clears them."""
        norm = nn.utils.clip_grad_norm_(self.parameters, self.clip)
        for group in self.adam.param_groups:
            group["lr"] = self.rate * factor * group["factor"]
        self.adam.step()
        self.muon.step(self.matrix_rate * factor)
        for parameter in self.parameters:
            parameter.grad = None
        return norm

    @torch.no_grad()
    def calm(self) -> None:
        """Forgets all momentum and halves the rates: for a new try after numbers that were not finite."""
        self.adam.state.clear()
        for average in self.muon.averages:
            average.zero_()
        self.rate, self.matrix_rate = self.rate / 2, self.matrix_rate / 2

    def state(self) -> Dict:
        averages = [average.bfloat16() for average in self.muon.averages]
        return {"adam": self.adam.state_dict(), "muon": averages}

    def load_state(self, state: Dict) -> None:
        self.adam.load_state_dict(state["adam"])
        for average, stored in zip(self.muon.averages, state["muon"]):
            average.copy_(stored)
