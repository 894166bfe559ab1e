"""A running average of the weights, which is what is tested and shipped, and a copy to go back to."""

from contextlib import contextmanager
from typing import Iterator, List

import torch
import torch.nn as nn


class AveragedWeights:
    """Each update moves the average by 1 - decay; early on by more, so that the start is forgotten."""

    def __init__(self, parameters: List[nn.Parameter], decay: float) -> None:
        self.parameters, self.decay, self.updates = list(parameters), decay, 0
        self.average = [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        torch._foreach_mul_(self.average, decay)
        torch._foreach_add_(self.average, [p.detach() for p in self.parameters], alpha=1 - decay)

    @torch.no_grad()
    def start_again(self) -> None:
        """From the weights as they are."""
        self.updates = 0
        for average, parameter in zip(self.average, self.parameters):
            average.copy_(parameter)

    @torch.no_grad()
    def copy_to_model(self) -> None:
        for parameter, average in zip(self.parameters, self.average):
            parameter.copy_(average)

    @contextmanager
    def in_model(self) -> Iterator[None]:
        """The average stands in the model for a while."""
        current = [parameter.detach().clone() for parameter in self.parameters]
        self.copy_to_model()
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in zip(self.parameters, current):
                    parameter.copy_(value)


class SafePoint:
    """A copy of weights that were good, for when a later loss is not finite."""

    def __init__(self, parameters: List[nn.Parameter]) -> None:
        self.parameters = list(parameters)
        self.kept = [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def keep(self) -> None:
        for kept, parameter in zip(self.kept, self.parameters):
            kept.copy_(parameter)

    @torch.no_grad()
    def go_back(self) -> None:
        for kept, parameter in zip(self.kept, self.parameters):
            parameter.copy_(kept)
