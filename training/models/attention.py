"""Scaled dot-product attention, also for PyTorch 1, which does not have it."""

from typing import Optional

import torch
import torch.nn.functional as F


def _plain_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Optional[torch.Tensor]
) -> torch.Tensor:
    scores = query.float() @ key.float().transpose(-1, -2) * query.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e9)
    return scores.softmax(-1).to(value.dtype) @ value


def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Optional[torch.Tensor] = None
) -> torch.Tensor:
    """query (batch, heads, n, size), key and value (batch, heads, m, size) -> (batch, heads, n, size).

    mask: boolean, broadcast to (batch, heads, n, m); True is attended to.
    """
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return _plain_attention(query, key, value, mask)
