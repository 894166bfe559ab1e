"""Open-Sora v1.2's transformer blocks in PyTorch, STDiT3-XL/2's and T5 v1.1 XXL's, and their cases.

Sizes in the cases' names: B items of a batch (2 with guidance), T latent frames, S patches of a
frame, Y tokens of text for each item, N tokens of text.

Tensors of STDiT3's blocks are (batch, frames * patches, width). As in the authors' code they are
rearranged for temporal attention, and each block computes keys and values of the text anew. In
bf16 the sum that runs through the blocks is bf16 too, as in the authors' models; the single
operations on it (norm_modulate, gate_add, rms_norm) take it as f32, for the engine holds it so.
"""

from functools import lru_cache
from time import perf_counter
from typing import Any, Callable, Dict, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

Run = Callable[[], Any]

# STDiT3-XL/2
WIDTH, HEADS, MLP_WIDTH = 1152, 16, 4608
HEAD_SIZE = WIDTH // HEADS
# T5 v1.1 XXL
T5_WIDTH, T5_HEADS, T5_HEAD_SIZE, T5_FEED_FORWARD = 4096, 64, 64, 10240

NORM_EPSILON = 1e-6
WEIGHT_DEVIATION = 0.02


def draw(parameter: Optional[Tensor]) -> None:
    """Fills with random values. Drawn as f32, since PyTorch 1.13 draws bf16 three times slower."""
    if parameter is not None:
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, dtype=torch.float32) * WEIGHT_DEVIATION)


class Linear(nn.Linear):
    def reset_parameters(self) -> None:
        draw(self.weight)
        draw(self.bias)


class RmsNorm(nn.Module):
    """Over the last dimension, in f32, into the type of the weights."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        values = x.float()
        inverse = torch.rsqrt(values.pow(2).mean(-1, keepdim=True) + NORM_EPSILON)
        return self.weight * (values * inverse).to(self.weight.dtype)


def _attention_by_products(
    query: Tensor, key: Tensor, value: Tensor, bias: Optional[Tensor], scaled: bool
) -> Tensor:
    """Softmax of bf16 computes in f32 inside. The authors convert to f32 before it, which takes
    longer for the same result to the precision of bf16."""
    scores = (query / query.shape[-1] ** 0.5 if scaled else query) @ key.transpose(-1, -2)
    if bias is not None:
        scores = scores + bias
    return scores.softmax(-1).to(value.dtype) @ value


def _fused_attention(
    query: Tensor, key: Tensor, value: Tensor, bias: Optional[Tensor], scaled: bool
) -> Tensor:
    query = query if scaled else query * query.shape[-1] ** 0.5
    bias = None if bias is None else bias.to(query.dtype)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=bias)


@lru_cache(maxsize=None)
def _faster_attention(
    query: torch.Size, key: torch.Size, bias: Optional[torch.Size], scaled: bool
) -> Callable[..., Tensor]:
    """PyTorch 2 has both ways, and which one is faster depends on the shapes: this tries them."""
    if not hasattr(F, "scaled_dot_product_attention"):
        return _attention_by_products
    inputs = torch.randn(query), torch.randn(key), torch.randn(key)
    mask = None if bias is None else torch.randn(bias, dtype=torch.float32)

    def seconds(way: Callable[..., Tensor]) -> float:
        way(*inputs, mask, scaled)
        start = perf_counter()
        way(*inputs, mask, scaled)
        return perf_counter() - start

    return min(_fused_attention, _attention_by_products, key=seconds)


def attention(
    query: Tensor, key: Tensor, value: Tensor, bias: Optional[Tensor] = None, scaled: bool = True
) -> Tensor:
    """query (sequences, heads, n, size), key and value (sequences, heads, m, size), bias None or
    (1, heads, n, m) -> like query. `scaled`: the scores are divided by the root of the size."""
    bias_shape = None if bias is None else bias.shape
    attend = _faster_attention(query.shape, key.shape, bias_shape, scaled)
    return attend(query, key, value, bias, scaled)


def split_heads(x: Tensor, parts: int, heads: int) -> Tuple[Tensor, ...]:
    """(sequences, tokens, parts * heads * size) -> parts times (sequences, heads, tokens, size)."""
    sequences, tokens, width = x.shape
    apart = x.view(sequences, tokens, parts, heads, width // (parts * heads))
    return apart.permute(2, 0, 3, 1, 4).unbind(0)


def join_heads(x: Tensor) -> Tensor:
    """(sequences, heads, tokens, size) -> (sequences, tokens, heads * size)."""
    return x.transpose(1, 2).flatten(2)


def gelu(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


# ---- STDiT3 ----


def turns(frames: int, head_size: int) -> Tensor:
    """What rotary positions multiply a head's pairs with: (frames, head size / 2), complex."""
    exponents = torch.arange(0, head_size, 2, dtype=torch.float32) / head_size
    angles = torch.arange(frames, dtype=torch.float32)[:, None] * 10000.0**-exponents
    return torch.complex(angles.cos(), angles.sin())


def rotate(x: Tensor, by: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs; x (sequences, heads, frames, size)."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (by.shape[-1], 2)))
    return torch.view_as_real(pairs * by).flatten(-2).to(x.dtype)


def norm_modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """(1 + scale) norm(x) + shift; x (batch, tokens, width), the others (batch, 1, width)."""
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:], eps=NORM_EPSILON), 1 + scale)


def gate_add(x: Tensor, gate: Tensor, y: Tensor) -> Tensor:
    return torch.addcmul(x, gate, y)


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = Linear(width, 3 * width), Linear(width, width)
        self.q_norm, self.k_norm = RmsNorm(width // heads), RmsNorm(width // heads)

    def norm_rotate(self, query: Tensor, key: Tensor, by: Tensor) -> Tuple[Tensor, Tensor]:
        return rotate(self.q_norm(query), by), rotate(self.k_norm(key), by)

    def forward(self, x: Tensor, by: Optional[Tensor]) -> Tensor:
        """x (sequences, tokens, width), by None or what `turns` gives."""
        query, key, value = split_heads(self.qkv(x), 3, self.heads)
        if by is None:
            query, key = self.q_norm(query), self.k_norm(key)
        else:
            query, key = self.norm_rotate(query, key, by)
        return self.proj(join_heads(attention(query, key, value)))


class CrossAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_linear, self.kv_linear = Linear(width, width), Linear(width, 2 * width)
        self.proj = Linear(width, width)

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """x (batch, tokens, width), text (batch, text tokens, width)."""
        (query,) = split_heads(self.q_linear(x), 1, self.heads)
        key, value = split_heads(self.kv_linear(text), 2, self.heads)
        return self.proj(join_heads(attention(query, key, value)))


class Mlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = Linear(width, hidden), Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(gelu(self.fc1(x)))


class StDit3Block(nn.Module):
    """Attends within a frame (spatial) or along a patch's time line (temporal), then to text."""

    def __init__(self, width: int, heads: int, mlp_width: int, temporal: bool) -> None:
        super().__init__()
        self.temporal = temporal
        self.attn, self.cross_attn = SelfAttention(width, heads), CrossAttention(width, heads)
        self.mlp = Mlp(width, mlp_width)
        self.scale_shift_table = nn.Parameter(torch.randn(6, width) / width**0.5)

    def attend(self, x: Tensor, frames: int, by: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        if not self.temporal:
            return self.attn(x.view(batch * frames, -1, width), None).view_as(x)
        lines = x.view(batch, frames, -1, width).transpose(1, 2).reshape(-1, frames, width)
        mixed = self.attn(lines, by).view(batch, -1, frames, width)
        return mixed.transpose(1, 2).reshape(batch, tokens, width)

    def forward(self, x: Tensor, text: Tensor, time: Tensor, frames: int, by: Tensor) -> Tensor:
        """x (batch, frames * patches, width), text (batch, text tokens, width), time (batch,
        6 * width), by what `turns` gives -> like x."""
        vectors = self.scale_shift_table + time.view(len(x), 6, -1)
        shift1, scale1, gate1, shift2, scale2, gate2 = vectors.unsqueeze(2).unbind(1)
        x = gate_add(x, gate1, self.attend(norm_modulate(x, shift1, scale1), frames, by))
        x = x + self.cross_attn(x, text)
        return gate_add(x, gate2, self.mlp(norm_modulate(x, shift2, scale2)))


def _linear(rows: int, linear: Linear) -> Run:
    x = torch.randn(rows, linear.in_features)
    return lambda: linear(x)


def _linear_gelu(rows: int, linear: Linear) -> Run:
    x = torch.randn(rows, linear.in_features)
    return lambda: gelu(linear(x))


def _qkv(batch: int, frames: int, patches: int) -> Run:
    return _linear(batch * frames * patches, Linear(WIDTH, 3 * WIDTH))


def _proj(batch: int, frames: int, patches: int) -> Run:
    return _linear(batch * frames * patches, Linear(WIDTH, WIDTH))


def _fc1(batch: int, frames: int, patches: int) -> Run:
    return _linear_gelu(batch * frames * patches, Linear(WIDTH, MLP_WIDTH))


def _fc2(batch: int, frames: int, patches: int) -> Run:
    return _linear(batch * frames * patches, Linear(MLP_WIDTH, WIDTH))


def _stream(batch: int, frames: int, patches: int) -> Tensor:
    return torch.randn(batch, frames * patches, WIDTH, dtype=torch.float32)


def _norm_modulate(batch: int, frames: int, patches: int) -> Run:
    x, kind = _stream(batch, frames, patches), torch.get_default_dtype()
    shift, scale = torch.randn(2, batch, 1, WIDTH, dtype=torch.float32)
    return lambda: norm_modulate(x, shift, scale).to(kind)


def _gate_add(batch: int, frames: int, patches: int) -> Run:
    x, y = _stream(batch, frames, patches), torch.randn(batch, frames * patches, WIDTH)
    gate = torch.randn(batch, 1, WIDTH)
    return lambda: gate_add(x, gate, y)


def _norm_rotate(batch: int, frames: int, patches: int) -> Run:
    module, by = SelfAttention(WIDTH, HEADS), turns(frames, HEAD_SIZE)
    query, key, _ = split_heads(torch.randn(batch * patches, frames, 3 * WIDTH), 3, HEADS)
    return lambda: module.norm_rotate(query, key, by)


def _self_attention(sequences: int, tokens: int) -> Run:
    query, key, value = split_heads(torch.randn(sequences, tokens, 3 * WIDTH), 3, HEADS)
    return lambda: join_heads(attention(query, key, value))


def _attention_spatial(batch: int, frames: int, patches: int) -> Run:
    return _self_attention(batch * frames, patches)


def _attention_temporal(batch: int, frames: int, patches: int) -> Run:
    return _self_attention(batch * patches, frames)


def _attention_cross(batch: int, frames: int, patches: int, text_tokens: int) -> Run:
    (query,) = split_heads(torch.randn(batch, frames * patches, WIDTH), 1, HEADS)
    key, value = split_heads(torch.randn(batch, text_tokens, 2 * WIDTH), 2, HEADS)
    return lambda: join_heads(attention(query, key, value))


def _pair(batch: int, frames: int, patches: int, text_tokens: int) -> Run:
    spatial = StDit3Block(WIDTH, HEADS, MLP_WIDTH, temporal=False)
    temporal = StDit3Block(WIDTH, HEADS, MLP_WIDTH, temporal=True)
    x, text = torch.randn(batch, frames * patches, WIDTH), torch.randn(batch, text_tokens, WIDTH)
    time, by = torch.randn(batch, 6 * WIDTH), turns(frames, HEAD_SIZE)
    return lambda: temporal(spatial(x, text, time, frames, by), text, time, frames, by)


# ---- T5 ----


def t5_attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor, heads: int) -> Tensor:
    """Three times (1, tokens, heads * size), bias (1, heads, tokens, tokens) -> like query."""
    parts = (split_heads(part, 1, heads)[0] for part in (query, key, value))
    return join_heads(attention(*parts, bias=bias, scaled=False))


class T5Attention(nn.Module):
    def __init__(self, width: int, heads: int, head_size: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = (Linear(width, heads * head_size, bias=False) for _ in range(3))
        self.o = Linear(heads * head_size, width, bias=False)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        return self.o(t5_attention(self.q(x), self.k(x), self.v(x), bias, self.heads))


class T5Block(nn.Module):
    """x (1, tokens, width), bias (1, heads, tokens, tokens) -> like x."""

    def __init__(self, width: int, heads: int, head_size: int, feed_forward: int) -> None:
        super().__init__()
        self.attention_norm, self.feed_forward_norm = RmsNorm(width), RmsNorm(width)
        self.attention = T5Attention(width, heads, head_size)
        self.wi_0, self.wi_1 = (Linear(width, feed_forward, bias=False) for _ in range(2))
        self.wo = Linear(feed_forward, width, bias=False)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), bias)
        normed = self.feed_forward_norm(x)
        return x + self.wo(gelu(self.wi_0(normed)) * self.wi_1(normed))


def _position_bias(tokens: int) -> Tensor:
    return torch.randn(1, T5_HEADS, tokens, tokens, dtype=torch.float32)


def _t5_q(tokens: int) -> Run:
    return _linear(tokens, Linear(T5_WIDTH, T5_HEADS * T5_HEAD_SIZE, bias=False))


def _t5_wi_0(tokens: int) -> Run:
    return _linear_gelu(tokens, Linear(T5_WIDTH, T5_FEED_FORWARD, bias=False))


def _t5_wo(tokens: int) -> Run:
    return _linear(tokens, Linear(T5_FEED_FORWARD, T5_WIDTH, bias=False))


def _t5_attention(tokens: int) -> Run:
    inner = T5_HEADS * T5_HEAD_SIZE
    query, key, value = (torch.randn(1, tokens, inner) for _ in range(3))
    bias = _position_bias(tokens)
    return lambda: t5_attention(query, key, value, bias, T5_HEADS)


def _t5_rms_norm(tokens: int) -> Run:
    x, norm = torch.randn(tokens, T5_WIDTH, dtype=torch.float32), RmsNorm(T5_WIDTH)
    return lambda: norm(x)


def _t5_block(tokens: int) -> Run:
    block = T5Block(T5_WIDTH, T5_HEADS, T5_HEAD_SIZE, T5_FEED_FORWARD)
    x, bias = torch.randn(1, tokens, T5_WIDTH), _position_bias(tokens)
    return lambda: block(x, bias)


CASES: Dict[str, Callable[..., Run]] = {
    "stdit3.qkv@BxTxS": _qkv,
    "stdit3.proj@BxTxS": _proj,
    "stdit3.fc1@BxTxS": _fc1,
    "stdit3.fc2@BxTxS": _fc2,
    "stdit3.norm_modulate@BxTxS": _norm_modulate,
    "stdit3.norm_rotate@BxTxS": _norm_rotate,
    "stdit3.gate_add@BxTxS": _gate_add,
    "stdit3.attention_spatial@BxTxS": _attention_spatial,
    "stdit3.attention_temporal@BxTxS": _attention_temporal,
    "stdit3.attention_cross@BxTxS+Y": _attention_cross,
    "stdit3.pair@BxTxS+Y": _pair,
    "t5.q@N": _t5_q,
    "t5.wi_0@N": _t5_wi_0,
    "t5.wo@N": _t5_wo,
    "t5.attention@N": _t5_attention,
    "t5.rms_norm@N": _t5_rms_norm,
    "t5.block@N": _t5_block,
}
