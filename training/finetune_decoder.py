"""Sharpens the VAE's decoders on cached latents with noise; encoders stay, so all latents stay valid."""

from typing import List

import torch
import torch.nn as nn

from averaging import AveragedWeights
from buckets import LATENT_CHUNK
from clip_pool import ClipPool
from device import mixed_precision, synchronise
from latent_cache import BucketLatents
from log import Log
from models.video_vae import SPATIAL_SCALE, VideoVae
from schedule import Phase, rate_factor
from train_vae import VaeRates, decibels, vae_optimiser
from vae_parts import VaeParts

_MOST_NOISE = 0.3  # in units of the latent's spread
_LOG_EVERY = 50


def decoder_modules(vae: VideoVae) -> List[nn.Module]:
    return [
        vae.temporal_vae.post_quant_conv,
        vae.temporal_vae.decoder,
        vae.spatial.post_quant_conv,
        vae.spatial.decoder,
    ]


class DecoderTrainer:
    """`main`: the latents whose first clips are the pool's, in the same order."""

    def __init__(
        self,
        vae: VideoVae,
        parts: VaeParts,
        pool: ClipPool,
        main: BucketLatents,
        log: Log,
        chunks: int,
    ) -> None:
        self.vae, self.parts, self.pool, self.main, self.log = vae, parts, pool, main, log
        self.chunks = chunks

    def train(self, phase: Phase) -> None:
        modules = decoder_modules(self.vae)
        parameters = [parameter for module in modules for parameter in module.parameters()]
        for parameter in parameters:
            parameter.requires_grad_(True)
        rates = VaeRates(matrix=6e-4, other=2e-4)
        optimiser, average = vae_optimiser(modules, rates), AveragedWeights(parameters, 0.99)
        device, vae = self.pool.device, self.vae
        steps = torch.arange(LATENT_CHUNK, device=device)
        self.pool.count = min(self.pool.count, len(self.main.latents))  # only clips with known latents
        while phase.running():
            chunks, masks, clip, half = self.pool.draw_chunks(self.chunks)
            with torch.no_grad():
                frame = half[:, None] * LATENT_CHUNK + steps[None]
                latent = self.main.latents[clip[:, None], :, frame].float()  # (chunks, 5, channels, h, w)
                latent = latent.permute(0, 2, 1, 3, 4)  # (chunks, channels, 5, h, w)
                amount = torch.rand(len(latent), 1, 1, 1, 1, device=device) * _MOST_NOISE
                latent = (latent + amount * torch.randn_like(latent)) * vae.scale + vae.shift
                latent = latent.permute(0, 2, 3, 4, 1).contiguous()
            with mixed_precision(device):
                restored = vae.temporal_vae.decode(latent, chunks.shape[1]).float() / SPATIAL_SCALE
                loss, square, inside = self.parts.decode_loss(
                    restored.flatten(0, 1).contiguous(), chunks.flatten(0, 1), masks.flatten(0, 1)
                )
            loss.backward()
            optimiser.step(rate_factor(phase, 30))
            average.update()
            phase.step += 1
            if phase.step % _LOG_EVERY == 0 or phase.most_steps is not None:
                self.log(
                    "decoder", step=phase.step, loss=loss.item(), psnr=decibels(square.item()),
                    psnr_object=decibels(inside.item()), chunks_s=phase.step * self.chunks / phase.seconds(),
                )
        synchronise(device)
        if phase.step:
            average.copy_to_model()
        self.log("decoder", "done", steps=phase.step, seconds=phase.seconds())
