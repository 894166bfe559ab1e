"""The networks and their helpers against plain computations. Run in the folder training: python3 -m unittest."""
import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from caption_text import clean_caption
from models import group_norm
from models.safetensors_file import read_safetensors, write_safetensors
from models.temporal_vae import CausalConv3d
from muon import Optimiser, orthogonalise


class NetworksTest(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(0)

    def test_causal_convolution_is_a_3d_convolution(self) -> None:
        for stride in (1, 2):
            layer = CausalConv3d(4, 6, time_stride=stride)
            x = torch.randn(2, 8, 5, 7, 4)
            padded = F.pad(x.permute(0, 4, 1, 2, 3), (1, 1, 1, 1, 2 + (1 - stride), 0))
            expected = layer.conv(padded).permute(0, 2, 3, 4, 1)
            self.assertTrue(torch.allclose(layer(x), expected, atol=1e-5))

    def test_group_norm_by_sums(self) -> None:
        norm = nn.GroupNorm(4, 16)
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
        x = 3 + torch.randn(2, 5, 6, 7, 16)
        by_sums = F.silu(group_norm._from_sums(x, norm))
        self.assertTrue(torch.allclose(group_norm.group_norm(x, norm, silu=True), by_sums, atol=1e-4))

    def test_safetensors_round_trip(self) -> None:
        tensors = {"a": torch.randn(3, 4).half(), "b": torch.randn(1, 2, 1)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.safetensors"
            write_safetensors(tensors, path)
            found = read_safetensors(path)
        self.assertEqual(list(found), list(tensors))
        for name, tensor in tensors.items():
            self.assertEqual(found[name].dtype, tensor.dtype)
            self.assertTrue(torch.equal(found[name], tensor))

    def test_captions_are_cleaned_as_in_the_engine(self) -> None:
        self.assertEqual(clean_caption("  A Dog,jumping (high)!  "), "a dog, jumping high !")
        self.assertEqual(clean_caption("A cat. Aesthetic score: 6.5."), "a cat. aesthetic score: 6.5.")

    def test_orthogonalise_brings_singular_values_near_one(self) -> None:
        for shape in ((2, 8, 24), (2, 24, 8)):
            values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
            self.assertGreater(values.min().item(), 0.3)
            self.assertLess(values.max().item(), 1.5)

    def test_optimiser_handles_layouts_and_stacks(self) -> None:
        kernel = nn.Parameter(torch.randn(16, 16, 3, 3).contiguous(memory_format=torch.channels_last))
        stacked, bias = nn.Parameter(torch.randn(48, 16)), nn.Parameter(torch.randn(16))
        optimiser = Optimiser([(kernel, 1), (stacked, 3)], [([bias], 1.0)], 0.05, 0.05, decay=0.0)
        first = None
        for _ in range(60):
            loss = kernel.square().mean() + stacked.square().mean() + bias.square().mean()
            first = first or loss.item()
            loss.backward()
            optimiser.step(1.0)
        self.assertLess(loss.item(), 0.7 * first)
        self.assertTrue(kernel.is_contiguous(memory_format=torch.channels_last))


if __name__ == "__main__":
    unittest.main()
