"""The encoder of T5 v1.1: gated GELU, RMS norms, a relative position bias and no others."""

import math
from typing import Dict

import torch
import torch.nn as nn
import torch.nn.functional as F


class RmsNorm(nn.Module):
    def __init__(self, size: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = x.float()
        values = values * torch.rsqrt(values.pow(2).mean(-1, keepdim=True) + self.eps)
        return (self.weight * values).to(x.dtype)


class SelfAttention(nn.Module):
    def __init__(self, config: Dict, has_bias_table: bool) -> None:
        super().__init__()
        self.heads, self.head_size = config["num_heads"], config["d_kv"]
        inner, width = self.heads * self.head_size, config["d_model"]
        self.q = nn.Linear(width, inner, bias=False)
        self.k = nn.Linear(width, inner, bias=False)
        self.v = nn.Linear(width, inner, bias=False)
        self.o = nn.Linear(inner, width, bias=False)
        if has_bias_table:
            self.relative_attention_bias = nn.Embedding(config["relative_attention_num_buckets"], self.heads)

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_size).transpose(1, 2)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        query, key, value = self._heads(self.q(x)), self._heads(self.k(x)), self._heads(self.v(x))
        scores = query @ key.transpose(-1, -2) + bias  # T5 does not divide by the root of the head size
        mixed = scores.float().softmax(-1).to(value.dtype) @ value
        return self.o(mixed.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1))


class AttentionLayer(nn.Module):
    def __init__(self, config: Dict, has_bias_table: bool) -> None:
        super().__init__()
        self.SelfAttention = SelfAttention(config, has_bias_table)
        self.layer_norm = RmsNorm(config["d_model"])

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return x + self.SelfAttention(self.layer_norm(x), bias)


class DenseReluDense(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.wi_0 = nn.Linear(config["d_model"], config["d_ff"], bias=False)
        self.wi_1 = nn.Linear(config["d_model"], config["d_ff"], bias=False)
        self.wo = nn.Linear(config["d_ff"], config["d_model"], bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wo(F.gelu(self.wi_0(x), approximate="tanh") * self.wi_1(x))


class FeedForwardLayer(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.DenseReluDense = DenseReluDense(config)
        self.layer_norm = RmsNorm(config["d_model"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.DenseReluDense(self.layer_norm(x))


class Block(nn.Module):
    def __init__(self, config: Dict, has_bias_table: bool) -> None:
        super().__init__()
        self.layer = nn.ModuleList([AttentionLayer(config, has_bias_table), FeedForwardLayer(config)])


class Stack(nn.Module):
    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.block = nn.ModuleList([Block(config, index == 0) for index in range(config["num_layers"])])
        self.final_layer_norm = RmsNorm(config["d_model"])


class T5Encoder(nn.Module):
    """ids (batch, tokens), mask (batch, tokens), 1 for text -> (batch, tokens, d_model)."""

    def __init__(self, config: Dict) -> None:
        super().__init__()
        self.config = config
        self.shared = nn.Embedding(config["vocab_size"], config["d_model"])
        self.encoder = Stack(config)
        self._initialise()

    def _initialise(self) -> None:
        width = self.config["d_model"]
        nn.init.normal_(self.shared.weight, std=1.0)
        for name, parameter in self.named_parameters():
            if name.endswith(".q.weight"):
                nn.init.normal_(parameter, std=(width * self.config["d_kv"]) ** -0.5)
            elif name.endswith((".k.weight", ".v.weight", "wi_0.weight", "wi_1.weight")):
                nn.init.normal_(parameter, std=width**-0.5)
            elif name.endswith((".o.weight", "wo.weight")):
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5 / 2)
            elif "relative_attention_bias" in name:
                nn.init.normal_(parameter, std=0.1)

    def _buckets(self, tokens: int, device: torch.device) -> torch.Tensor:
        """(query, key) -> row of the bias table: exact near by, logarithmic farther away."""
        half = self.config["relative_attention_num_buckets"] // 2
        farthest, exact = self.config["relative_attention_max_distance"], half // 2
        position = torch.arange(tokens, device=device)
        relative = position[None] - position[:, None]
        distance = relative.abs()
        growth = torch.log(distance.float().clamp(min=1) / exact) / math.log(farthest / exact)
        far = (exact + (growth * (half - exact)).long()).clamp(max=half - 1)
        return (relative > 0).long() * half + torch.where(distance < exact, distance, far)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        blocks = self.encoder.block
        table = blocks[0].layer[0].SelfAttention.relative_attention_bias
        bias = table(self._buckets(ids.shape[1], ids.device)).permute(2, 0, 1)[None]
        bias = bias + (1.0 - mask[:, None, None, :].float()) * -1e9
        x = self.shared(ids)
        for block in blocks:
            x = block.layer[1](block.layer[0](x, bias))
        return self.encoder.final_layer_norm(x)
