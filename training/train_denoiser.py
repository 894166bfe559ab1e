"""Trains the denoiser and, more slowly, the text encoder, on cached latents, with rectified flow.

    python3 training/train_denoiser.py --resume models/emoji-world --work training/out/run --seconds 700

By itself it keeps the VAE but for its decoders, like run_all.py --keep-vae.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Tuple

import numpy as np
import torch

from averaging import AveragedWeights, SafePoint
from compile_ahead import compile_blocks, is_ready, run_denoiser_once
from device import synchronise
from latent_cache import BucketLatents
from log import Log, gpu_gigabytes
from muon import Optimiser
from schedule import Clock, Phase, attempt, rate_factor
from text_to_video import TextToVideo, flow_losses

_LOG_EVERY = 50
_WARM_UP_STEPS = 100
_FLAT_SHARE = 0.4  # of the phase at the full rate; then a half cosine to zero
_LOAD_SECONDS = 60
_TIME_BINS = 5
_SNAPSHOT_AT = 0.6


@dataclass
class DenoiserRates:
    """Full rates of Muon (block matrices) and AdamW (the rest); the text encoder's is a part of AdamW's."""

    matrix: float = 3e-3
    other: float = 1e-3
    text_factor: float = 0.3


def _stacked(name: str) -> int:
    if ".qkv." in name:
        return 3
    return 2 if "kv_linear" in name else 1


def denoiser_optimiser(model: TextToVideo, rates: DenoiserRates) -> Optimiser:
    matrices: List[Tuple[torch.nn.Parameter, int]] = []
    rest: List[torch.nn.Parameter] = []
    for name, parameter in model.denoiser.named_parameters():
        if not parameter.requires_grad:
            continue
        if "_blocks." in name and name.endswith(".weight") and parameter.dim() == 2:
            matrices.append((parameter, _stacked(name)))
        else:
            rest.append(parameter)
    groups = [(rest, 1.0), (list(model.text_encoder.parameters()), rates.text_factor)]
    return Optimiser(matrices, groups, rates.matrix, rates.other)


class DenoiserTrainer:
    def __init__(
        self,
        model: TextToVideo,
        data: List[BucketLatents],
        clock: Clock,
        log: Log,
        work: Path,
        seed: int,
        rates: DenoiserRates,
    ) -> None:
        self.model, self.data, self.clock, self.log, self.work = model, data, clock, log, work
        self.choice = np.random.default_rng([seed, 77])
        self.optimiser = denoiser_optimiser(model, rates)
        self.average = AveragedWeights(self.optimiser.parameters, 0.998)
        self.device = data[0].latents.device
        self.compiled = False

    def _all_ready(self) -> bool:
        return all(is_ready(self.work, f"denoiser-{entry.bucket.name}") for entry in self.data)

    def use_compiled_blocks(self) -> None:
        """Loads what is compiled; without it, or if it fails, blocks stay as they are."""
        if self.compiled or self.device.type != "cuda" or not self._all_ready():
            return
        self.compiled = True
        began = self.clock.now()

        def load() -> bool:
            compile_blocks(self.model.denoiser)
            for entry in self.data:
                run_denoiser_once(self.model, entry.bucket, self.device)
            synchronise(self.device)
            return True

        loaded = attempt("compiled denoiser", _LOAD_SECONDS, load, self.log)
        if not loaded:
            for block in (*self.model.denoiser.spatial_blocks, *self.model.denoiser.temporal_blocks):
                block._compiled_call_impl = None
        self.model.zero_grad(set_to_none=True)
        self.log("denoiser", "compiled blocks", loaded=bool(loaded), seconds=self.clock.now() - began)

    def _draw(self, entry: BucketLatents) -> Tuple[torch.Tensor, torch.Tensor]:
        count = entry.bucket.batch
        clip = torch.randint(0, len(entry.latents), (count,), device=self.device)
        caption = torch.randint(0, entry.captions.shape[1], (count,), device=self.device)
        return entry.latents[clip].float(), entry.captions[clip, caption].long()

    def train(self, phase: Phase, snapshot: Optional[Callable[[], None]] = None) -> None:
        """Leaves the averaged weights in the model; `snapshot` is called once on the way, with them in it."""
        self.model.denoiser.low_precision_stream = self.device.type == "cuda"
        shares = np.array([entry.bucket.share for entry in self.data])
        shares = shares / shares.sum()
        clips, clips_since, since = 0, 0, self.clock.now()
        total = torch.zeros((), device=self.device)
        bins = torch.zeros(_TIME_BINS, 2, device=self.device)
        norm: Optional[torch.Tensor] = None
        counted, safe = 0, SafePoint(self.optimiser.parameters)
        while phase.running():
            if snapshot is not None and phase.progress() > _SNAPSHOT_AT:
                with self.average.in_model():
                    snapshot()
                snapshot = None
            if not self.compiled and phase.left() > 10 and phase.step % 20 == 0:
                self.use_compiled_blocks()
                if self.compiled:
                    since, clips_since = self.clock.now(), clips
            first_round = phase.step < len(self.data)
            entry = self.data[phase.step if first_round else int(self.choice.choice(len(shares), p=shares))]
            latent, ids = self._draw(entry)
            losses, times = flow_losses(self.model, latent, ids, entry.bucket)
            loss = losses.mean()
            loss.backward()
            factor = rate_factor(phase, _WARM_UP_STEPS, _FLAT_SHARE)
            norm = self.optimiser.step(factor)
            self.average.update()
            with torch.no_grad():
                total += loss
                bin_of = (times * _TIME_BINS).long().clamp(max=_TIME_BINS - 1)
                bins[:, 0].index_add_(0, bin_of, losses)
                bins[:, 1].index_add_(0, bin_of, torch.ones_like(losses))
            phase.step += 1
            counted += 1
            clips += len(latent)
            if phase.step % _LOG_EVERY == 0 or phase.step <= 2 or phase.most_steps is not None:
                mean_loss = total.item() / counted  # waits for the device
                means = (bins[:, 0] / bins[:, 1].clamp(min=1)).tolist()
                by_time = " ".join(f"{value:.3f}" for value in means)
                rate = (clips - clips_since) / max(1e-6, self.clock.now() - since)
                self.log(
                    "denoiser", step=phase.step, loss=mean_loss, norm=norm, rate=factor, clips_s=rate,
                    clips=clips, by_time=f"[{by_time}]", gpu_gb=gpu_gigabytes(),
                )
                total.zero_(), bins.zero_()
                counted, since, clips_since = 0, self.clock.now(), clips
                if math.isfinite(mean_loss) and math.isfinite(norm.item()):
                    safe.keep()
                else:
                    self.log("denoiser", "not finite: back to the last good weights, at half the rates")
                    safe.go_back()
                    self.optimiser.calm()
                    self.average.start_again()
        synchronise(self.device)
        self.log("denoiser", "done", steps=phase.step, clips=clips, seconds=phase.seconds())
        if phase.step:
            self.average.copy_to_model()
        self._copy_null_rows()

    @torch.no_grad()
    def _copy_null_rows(self) -> None:
        """Rows of the null caption beyond training's captions never had a gradient: they repeat the last."""
        rows = self.model.denoiser.y_embedder.y_embedding
        trained = self.data[0].captions.shape[-1]
        untrained = len(rows) - trained
        if 0 < untrained <= trained:
            rows[trained:] = rows[trained - untrained : trained].clone()


if __name__ == "__main__":
    from run_all import main

    main(keep_vae=True)
