"""Trains the VAE: the spatial autoencoder on frames, the temporal one on frame latents, then both.

    python3 training/train_vae.py --resume models/emoji-world --work training/out/run --seconds 700

By itself it renders clips, trains, tests and writes the VAE to WORK/model; run_all.py goes on from there.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from averaging import AveragedWeights, SafePoint
from clip_pool import ClipPool
from compile_ahead import compile_round_trip, compile_spatial_decode, compile_spatial_encode, is_ready
from device import mixed_precision, synchronise
from log import Log, gpu_gigabytes
from models.video_vae import SPATIAL_SCALE, VideoVae, unit_range
from muon import Optimiser
from schedule import Clock, Phase, attempt, rate_factor
from vae_parts import (
    CHUNKS_PER_STEP,
    FRAMES_PER_STEP,
    LATENT_CHUNKS_PER_STEP,
    VaeParts,
    bounded,
    divergence,
    draw,
    eager_parts,
)

Losses = Tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]

_DIVERGENCE_WEIGHT = 1e-6
_LATENT_WEIGHT = 0.02  # of the error between the two autoencoders, in joint training
_MOST_NOISE = 0.12  # added to the latent, in units of its own spread; each chunk draws its amount up to this
_CHUNKS_FOR_LATENT_PHASE = 4096
_LOG_EVERY = 50
_GROW_EVERY = 6  # steps between batches that the pool still renders
_LOAD_SECONDS = 60  # the most that loading the compiled pieces may take


@dataclass
class VaeRates:
    """Full rates of Muon (kernels and matrices) and AdamW (the rest)."""

    matrix: float = 2e-3
    other: float = 7e-4


def decibels(mean_square: float) -> float:
    """Peak signal to noise ratio for values in [-1, 1]."""
    return -10 * math.log10(max(mean_square, 1e-9) / 4)


def vae_optimiser(modules: List[nn.Module], rates: VaeRates) -> Optimiser:
    matrices, rest = [], []
    for module in modules:
        for name, parameter in module.named_parameters():
            inner = parameter.dim() >= 2 and min(parameter.shape[0], parameter[0].numel()) >= 16
            edge = any(word in name for word in ("conv_in", "conv_out", "quant_conv"))
            if inner and not edge:
                matrices.append((parameter, 1))
            else:
                rest.append(parameter)
    return Optimiser(matrices, [(rest, 1.0)], rates.matrix, rates.other, betas=(0.9, 0.99), decay=1e-3)


class VaeTrainer:
    def __init__(
        self, vae: VideoVae, pool: ClipPool, clock: Clock, log: Log, work: Path, tiny: bool, rates: VaeRates
    ) -> None:
        self.vae, self.pool, self.clock, self.log, self.work, self.tiny = vae, pool, clock, log, work, tiny
        self.rates, self.device = rates, pool.device
        self.parts, self.tried_compiled = eager_parts(vae), False
        self.chunks = 1 if tiny else CHUNKS_PER_STEP
        self.frames = 2 if tiny else FRAMES_PER_STEP
        self.latent_chunks = 2 if tiny else LATENT_CHUNKS_PER_STEP
        self.average: Optional[AveragedWeights] = None

    # ------------------------------------------------------------------ pieces

    def use_compiled_parts(self, seconds_left: float) -> bool:
        """Goes over to the compiled pieces once they are ready, if that pays in the time left. Tried once."""
        names = ("spatial-encode", "spatial-decode", "round-trip")
        if self.tried_compiled or seconds_left < 15 or not all(is_ready(self.work, name) for name in names):
            return False
        self.tried_compiled = True
        began = self.clock.now()

        def load() -> VaeParts:
            encode = compile_spatial_encode(self.vae, self.device)
            decode_loss = compile_spatial_decode(self.vae, self.device)
            return VaeParts(encode, compile_round_trip(self.vae, self.device), decode_loss, compiled=True)

        parts = attempt("compiled VAE", _LOAD_SECONDS, load, self.log)
        for parameter in self.vae.parameters():
            parameter.grad = None
        if parts is not None:
            self.parts = parts
        self.log("vae", "compiled pieces", loaded=parts is not None, seconds=self.clock.now() - began)
        return True

    # ------------------------------------------------------------------ losses
    # Each returns the loss, the mean square error over all and inside objects, and the number of items.

    def spatial_loss(self) -> Losses:
        frames, masks = self.pool.draw_frames(self.frames)
        with mixed_precision(self.device):
            mean, log_variance = self.parts.encode(frames)
            latent = draw(mean, log_variance)
            loss, square, inside = self.parts.decode_loss(latent, frames, masks)
        return loss + _DIVERGENCE_WEIGHT * divergence(mean, log_variance), square, inside, self.frames

    def joint_loss(self) -> Losses:
        chunks, masks, _, _ = self.pool.draw_chunks(self.chunks)
        frames = chunks.flatten(0, 1)
        with mixed_precision(self.device):
            mean, log_variance = self.parts.encode(frames)
            drawn = draw(mean, log_variance).view(self.chunks, -1, *mean.shape[1:]) * SPATIAL_SCALE
            draws, noise = self._latent_noise(drawn)
            restored, latent_mean, latent_log_variance = self.parts.round_trip(drawn, draws, noise)
            decoder_input = restored.flatten(0, 1) / SPATIAL_SCALE
            loss, square, inside = self.parts.decode_loss(decoder_input, frames, masks.flatten(0, 1))
        loss = loss + _LATENT_WEIGHT * (restored - drawn.detach()).abs().mean()
        loss = loss + _DIVERGENCE_WEIGHT * divergence(mean, log_variance)
        loss = loss + _DIVERGENCE_WEIGHT * divergence(latent_mean, latent_log_variance)
        return loss, square, inside, self.chunks

    def _latent_noise(self, frame_latents: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        chunks, frames = frame_latents.shape[:2]
        shape = (chunks, -(-frames // self.vae.temporal_vae.time_factor), *frame_latents.shape[2:])
        amount = torch.rand(chunks, 1, 1, 1, 1, device=self.device) * _MOST_NOISE
        return torch.randn(shape, device=self.device), torch.randn(shape, device=self.device) * amount

    @torch.no_grad()
    def collect_frame_latents(self, most_seconds: float) -> torch.Tensor:
        """Latents of random chunks (n, 17, h, w, channels), in half precision, for the temporal autoencoder."""
        collected, began = [], self.clock.now()
        count = self.chunks if self.tiny else _CHUNKS_FOR_LATENT_PHASE
        while sum(map(len, collected)) < count and not (collected and self.clock.now() - began > most_seconds):
            chunks, _, _, _ = self.pool.draw_chunks(self.chunks * (1 if self.tiny else 4))
            pixels = unit_range(chunks.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
            with mixed_precision(self.device):
                mean, _ = self.vae.spatial.moments(pixels)
            mean = mean.permute(0, 2, 3, 1).reshape(*chunks.shape[:2], 16, 16, -1)
            collected.append((mean.float() * SPATIAL_SCALE).half())
            synchronise(self.device)
        return torch.cat(collected)

    # ------------------------------------------------------------------ phases

    def _run(
        self,
        name: str,
        phase: Phase,
        optimiser: Optimiser,
        loss_of_step: Callable[[], Losses],
        flat: float,
        floor: float,
        grow: bool = True,
    ) -> None:
        """Steps until the phase is over; rates follow its progress (`flat`, `floor`: see rate_factor)."""
        items, since, items_since = 0, self.clock.now(), 0
        safe = SafePoint(optimiser.parameters)
        while phase.running():
            if self.use_compiled_parts(phase.left()):
                since, items_since = self.clock.now(), items
            if grow and not self.pool.full() and phase.step % _GROW_EVERY == 0 and not self.tiny:
                self.pool.grow()
            factor = rate_factor(phase, 60, flat, floor)
            loss, square, inside, count = loss_of_step()
            loss.backward()
            norm = optimiser.step(factor)
            if self.average is not None:
                self.average.update()
            phase.step += 1
            items += count
            if phase.step % _LOG_EVERY == 0 or phase.step == 1 or self.tiny:
                numbers = torch.stack([loss.detach(), square, inside, norm]).tolist()  # waits for the device
                rate = (items - items_since) / max(1e-6, self.clock.now() - since)
                self.log(
                    f"vae {name}", step=phase.step, loss=numbers[0], psnr=decibels(numbers[1]),
                    psnr_object=decibels(numbers[2]), norm=numbers[3], rate=factor, items_s=rate,
                    pool=self.pool.count, gpu_gb=gpu_gigabytes(),
                )
                since, items_since = self.clock.now(), items
                if math.isfinite(numbers[0]) and math.isfinite(numbers[3]):
                    safe.keep()
                else:
                    self.log(f"vae {name}", "not finite: back to the last good weights, at half the rates")
                    safe.go_back()
                    optimiser.calm()
                    if self.average is not None:
                        self.average.start_again()
        synchronise(self.device)
        self.log(f"vae {name}", "done", steps=phase.step, items=items, seconds=phase.seconds())

    def train_spatial(self, phase: Phase) -> None:
        optimiser = vae_optimiser([self.vae.spatial], self.rates)
        self._run("spatial", phase, optimiser, self.spatial_loss, 0.4, 0.3)

    def train_latent(self, phase: Phase) -> None:
        stored = self.collect_frame_latents(phase.left() / 4)
        temporal = TemporalLatentLoss(self, stored)
        self.log("vae latent", chunks=len(stored), spread=stored[:256].float().std())
        optimiser = vae_optimiser([self.vae.temporal_vae], self.rates)
        self._run("latent", phase, optimiser, temporal, 0.3, 0.2, grow=False)

    def train_joint(self, phase: Phase) -> None:
        self.average = AveragedWeights([p for p in self.vae.parameters() if p.requires_grad], 0.998)
        self._run("joint", phase, vae_optimiser([self.vae], self.rates), self.joint_loss, 0.35, 0.0)
        if phase.step:
            self.average.copy_to_model()
        self.average = None


class TemporalLatentLoss:
    """The temporal autoencoder's error on stored frame latents."""

    def __init__(self, trainer: VaeTrainer, stored: torch.Tensor) -> None:
        self.trainer, self.stored = trainer, stored

    def __call__(self) -> Losses:
        trainer, count = self.trainer, self.trainer.latent_chunks
        chosen = torch.randint(0, len(self.stored), (count,), device=self.stored.device)
        latent = self.stored[chosen].float()
        temporal = trainer.vae.temporal_vae
        with mixed_precision(trainer.device):
            mean, log_variance = temporal.moments(latent)
            mean, log_variance = mean.float(), bounded(log_variance)
            restored = temporal.decode(draw(mean, log_variance), latent.shape[1]).float()
        error = restored - latent
        square = error.square().mean()
        loss = error.abs().mean() + 0.5 * square + _DIVERGENCE_WEIGHT * divergence(mean, log_variance)
        return loss, square.detach(), square.detach(), count


@torch.no_grad()
def unit_latents(vae: VideoVae, pool: ClipPool, frames: int) -> None:
    """For a VAE from scratch: folds a scale and a shift into the spatial autoencoder's latents, so that they
    reach the temporal one with mean 0 and variance 1 in each channel."""
    pixels = unit_range(pool.draw_frames(frames)[0]).contiguous(memory_format=torch.channels_last)
    with mixed_precision(pool.device):
        mean, _ = vae.spatial.moments(pixels)
    mean = mean.float()
    channels, centre = mean.shape[1], mean.mean((0, 2, 3))
    gain = 1 / (SPATIAL_SCALE * mean.std((0, 2, 3)).clamp(min=1e-3))
    into, out_of = vae.spatial.quant_conv, vae.spatial.post_quant_conv
    into.weight[:channels] *= gain.view(-1, 1, 1, 1)
    into.bias[:channels] = (into.bias[:channels] - centre) * gain
    into.bias[channels:] += 2 * gain.log()
    out_of.bias += (out_of.weight[:, :, 0, 0] * centre).sum(1)
    out_of.weight /= gain.view(1, -1, 1, 1)


@torch.no_grad()
def quiet_start(vae: VideoVae) -> None:
    """For a VAE from scratch: little noise in both posteriors, small outputs of the temporal decoder."""
    channels = vae.latent_channels
    vae.spatial.quant_conv.bias[channels:] = -6.0
    vae.temporal_vae.quant_conv.conv.bias[channels:] = -6.0
    vae.temporal_vae.decoder.conv_out.conv.weight.mul_(0.3)


@torch.no_grad()
def test_vae(
    vae: VideoVae, clips: torch.Tensor, masks: torch.Tensor, batch: int = 16
) -> Tuple[Dict[str, float], torch.Tensor]:
    """clips (n, frames, 3, h, w) in [-1, 1] that training has not shown, masks (n, frames, h / 4, w / 4).

    Returns mean PSNR over clips, PSNR over all pixels inside objects, mean PSNR over clips with 0.2 noise in
    the latent (in units of its spread), all in dB; and the reconstructions.
    """
    sums = {"square": [], "noisy": []}
    inside_sum, inside_count, restored = 0.0, 0.0, []
    frames, device = clips.shape[1], clips.device
    for first in range(0, len(clips), batch):
        part = clips[first : first + batch]
        with mixed_precision(device):
            latent = vae.encode(part).float()
            spread = latent.std((0, 2, 3, 4), keepdim=True)
            clean = vae.decode(latent, frames).float().clamp(-1, 1)
            noisy = vae.decode(latent + 0.2 * spread * torch.randn_like(latent), frames).float().clamp(-1, 1)
        error = (clean - part).square()
        mask = F.interpolate(masks[first : first + batch].flatten(0, 1)[:, None], scale_factor=4.0) > 0.5
        inside_sum += (error.flatten(0, 1) * mask).sum().item() / 3
        inside_count += mask.sum().item()
        sums["square"] += error.mean((1, 2, 3, 4)).tolist()
        sums["noisy"] += (noisy - part).square().mean((1, 2, 3, 4)).tolist()
        restored.append(clean)
    mean_decibels = {name: sum(map(decibels, values)) / len(values) for name, values in sums.items()}
    scores = {
        "psnr": mean_decibels["square"],
        "psnr_object": decibels(inside_sum / max(1.0, inside_count)),
        "psnr_noise_0.2": mean_decibels["noisy"],
    }
    return scores, torch.cat(restored)


if __name__ == "__main__":
    from run_all import main

    main(until="joint")
