"""One stretch of training, start to end: VAE, cache of latents, denoiser with text encoder, decoders, export.

    python3 training/run_all.py --resume models/emoji-world --work training/out/run --seconds 1440

Starts from the weights of --resume and writes a model folder of the same kind to WORK/model, so that
stretches add up. All phases end at a second of the wall clock (see schedule.py); SIGTERM ends them at once
and saves what there is.
"""

import argparse
import importlib
import json
import shutil
import time
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np
import torch

from buckets import BUCKETS, MAIN, bucket_scenes, tiny
from caption_text import CaptionTokeniser
from captions_ahead import write_captions
from clip_pool import ClipPool
from compile_ahead import DEFAULT_CACHE, allow_variants, use_compile_cache
from device import pick_device
from export import export_denoiser, export_vae, pack
from finetune_decoder import DecoderTrainer
from latent_cache import BucketLatents, CacheBuilder, set_latent_scale
from log import Log, gpu_gigabytes
from model_folder import TEXT_ENCODER, TRANSFORMER, VAE, build
from preview import save_reconstructions, save_samples
from schedule import PHASE_ENDS, REFERENCE_SECONDS, Clock, Phase, attempt, phase_ends
from side_processes import HERE, SideProcesses
from text_to_video import TextToVideo
from train_denoiser import DenoiserRates, DenoiserTrainer
from train_vae import VaeRates, VaeTrainer, quiet_start, test_vae, unit_latents
from vae_parts import prepare_vae

_GATE = 27.0  # dB over all, below which the denoiser is not worth much
_GATE_OBJECT = 22.0
_TINY_STEPS = 2
_SMOKE_ENDS = "pool=12,spatial=22,latent=28,joint=38,cache=50,denoiser=60,decoder=65,end=70"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--resume", default="models/emoji-world", help="model folder to start from")
    parser.add_argument("--from-scratch", action="store_true", help="only configs and tokenizer of --resume")
    parser.add_argument("--art", default=str(HERE / ".art" / "atlas.npz"))
    parser.add_argument("--world", default="world", help="package that renders scenes")
    parser.add_argument("--work", type=Path, default=HERE / "out" / "run")
    parser.add_argument("--start", type=float, default=0.0, help="Unix time of second 0; 0: now")
    parser.add_argument("--seconds", type=float, default=REFERENCE_SECONDS, help="length of the stretch")
    parser.add_argument("--schedule", default="", help=f"ends of phases in seconds: {', '.join(PHASE_ENDS)}")
    parser.add_argument("--keep-vae", action="store_true", help="train only the VAE's decoders, at the end")
    parser.add_argument("--clips", type=int, default=64000, help="clips in the cache of latents at most")
    parser.add_argument("--pool", type=int, default=20480, help="clips kept rendered, 1.7 MB each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vae-rates", default="", help="full rates: Muon's,AdamW's")
    parser.add_argument("--denoiser-rates", default="", help="full rates: Muon's,AdamW's")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--compile-cache", default=DEFAULT_CACHE, help="folder that keeps compiled code")
    parser.add_argument("--judge-seconds", type=float, default=0.0, help="train judge.py beside the denoiser")
    parser.add_argument("--save-optimiser", action="store_true", help="to WORK/denoiser-optimiser.pt")
    parser.add_argument("--resume-optimiser", type=Path, help="such a file")
    parser.add_argument("--smoke", action="store_true", help="all phases in 70 s, then compiled pieces")
    parser.add_argument("--smoke-limit", type=float, default=165.0, help="second at which --smoke ends")
    parser.add_argument("--tiny", action="store_true", help="two steps of everything, on a CPU too")
    return parser.parse_args()


class Stretch:
    def __init__(self, args: argparse.Namespace, until: Optional[str], keep_vae: bool) -> None:
        self.args, self.until, self.keep_vae = args, until, keep_vae or args.keep_vae
        self.work: Path = args.work
        self.work.mkdir(parents=True, exist_ok=True)
        for leftover in ("flags", "outbox", "ended", "captions.npz"):
            path = self.work / leftover
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        self.clock = Clock(args.start)
        self.clock.stop_on_sigterm()
        self.log = Log(self.work / "log.txt", self.clock.now)
        self.ends = self._phase_ends()
        self.model_folder, self.outbox = self.work / "model", self.work / "outbox"
        self.results: Dict = {"seed": args.seed, "resumed_from": args.resume, "scratch": args.from_scratch}
        self.side = SideProcesses(self.work, self.log)
        self.clips = 8 if args.tiny else min(args.clips, 12000) if args.smoke else args.clips
        self.buckets = tiny(BUCKETS) if args.tiny else BUCKETS
        self.compiling = torch.cuda.is_available() and not args.no_compile and not args.tiny

    def _phase_ends(self) -> Dict[str, float]:
        changes = self.args.schedule
        if self.args.smoke:
            changes = ",".join(filter(None, [_SMOKE_ENDS, changes]))
        seconds = self.args.seconds
        if self.until == "joint":
            seconds *= REFERENCE_SECONDS / (PHASE_ENDS["joint"] + 20)
        ends = phase_ends(seconds, changes)
        if self.keep_vae and "cache=" not in changes:
            ends["cache"] = ends["pool"] + ends["cache"] - ends["joint"]
        return ends

    def _phase(self, name: str) -> Phase:
        return Phase(self.clock, self.ends[name], _TINY_STEPS if self.args.tiny else None)

    def save_results(self) -> None:
        (self.work / "results.json").write_text(json.dumps(self.results, indent=1))

    # ------------------------------------------------------------------ beside training

    def start_side_processes(self) -> None:
        args = self.args
        if self.until != "joint":
            arguments = ["--resume", args.resume, "--world", args.world, "--clips", str(self.clips)]
            arguments += ["--seed", str(args.seed), "--out", str(self.work / "captions.npz")]
            arguments += ["--tiny", "--processes", "1"] if args.tiny else []
            self.side.start_script("captions", "captions_ahead.py", *arguments, threads=1)
        if self.compiling:
            self._start_compilation("decoder")
            self._start_compilation("encoder")
            if args.smoke or self.keep_vae:
                self._start_compilation("denoiser")

    def _start_compilation(self, role: str) -> None:
        arguments = ["--resume", self.args.resume, "--work", str(self.work)]
        arguments += ["--compile-cache", self.args.compile_cache]
        self.side.start_script(f"compile-{role}", "compile_ahead.py", role, *arguments)

    # ------------------------------------------------------------------ phases

    def prepare(self) -> None:
        """World, scenes, first clips and the VAE."""
        args = self.args
        self.device = pick_device()
        torch.manual_seed(args.seed)
        names = importlib.import_module(f"{args.world}.scenes")
        renderer = importlib.import_module(f"{args.world}.render").World(self.device, art=args.art)
        self.scenes = bucket_scenes(names, self.buckets, self.clips, args.seed)
        generator = np.random.default_rng([args.seed, 991])
        self.test_scenes = names.sample_scenes(generator, 1 if args.tiny else 64)
        capacity = 4 if args.tiny else args.pool
        batch = 2 if args.tiny else 128
        self.pool = ClipPool(renderer, names, self.scenes[0], capacity, self.device, batch)
        self.vae = prepare_vae(build(args.resume, VAE, args.from_scratch), self.device)
        if args.from_scratch:
            quiet_start(self.vae)
        rates = VaeRates(*map(float, filter(None, args.vae_rates.split(","))))
        self.vae_trainer = VaeTrainer(self.vae, self.pool, self.clock, self.log, self.work, args.tiny, rates)
        if self.compiling:
            allow_variants()
        phase = self._phase("pool")
        while not self.pool.full() and (self.pool.count == 0 or phase.running()):
            self.pool.grow()
            phase.step += 1
            if self.device.type == "cuda":
                torch.cuda.synchronize()
        rate = self.pool.count / phase.seconds()
        self.log("pool", clips=self.pool.count, clips_s=rate, gpu_gb=gpu_gigabytes())

    def train_vae(self) -> None:
        trainer = self.vae_trainer
        trainer.train_spatial(self._phase("spatial"))
        if self.compiling and not self.args.smoke and self.until != "joint":
            self._start_compilation("denoiser")
        if self.args.from_scratch:
            unit_latents(self.vae, self.pool, 4 if self.args.tiny else 256)
        phase = self._phase("latent")
        if phase.left() > 3 or self.args.tiny:
            trainer.train_latent(phase)
        trainer.train_joint(self._phase("joint"))

    def finish_vae(self, name: str) -> None:
        """Tests and writes the VAE; `name` of the pack in the outbox."""
        renderer, height, width = self.pool.world, *MAIN.pixels
        clips, masks = renderer.render(self.test_scenes, frames=MAIN.frames, height=height, width=width)
        scores, restored = test_vae(self.vae, clips, masks)
        self.results[name] = scores
        self.log(name, "held-out clips", **scores)
        if scores["psnr"] < _GATE or scores["psnr_object"] < _GATE_OBJECT:
            self.log(name, f"below the gate of {_GATE} dB over all and {_GATE_OBJECT} dB in the object")
        export_vae(self.vae, self.args.resume, self.model_folder)
        pack(self.model_folder, [VAE], self.outbox, name)
        save_reconstructions(clips, restored, self.work / f"{name}.png")
        shutil.copyfile(self.work / f"{name}.png", self.outbox / f"{name}.png")
        self.save_results()

    def start_judge(self) -> None:
        """Needs the VAE alone, and renders its own clips."""
        if self.args.judge_seconds > 0:
            arguments = ["train", "--seconds", str(self.args.judge_seconds), "--vae", str(self.model_folder)]
            arguments += ["--art", self.args.art, "--output", str(self.outbox / "judge.npz")]
            self.side.start_script("judge", "judge.py", *arguments, threads=4)

    def _captions(self, name: str, arrays: Dict[str, np.ndarray], count: int) -> torch.Tensor:
        return torch.tensor(arrays[name][:count], device=self.device)

    def build_cache(self) -> List[BucketLatents]:
        self.vae.eval().requires_grad_(False)
        torch.cuda.empty_cache()  # of what VAE training held; nothing without a GPU
        self.cache = CacheBuilder(
            self.vae, self.pool, self.scenes, self.clock, self.log, self.work, self.args.tiny
        )
        data = self.cache.build(self.buckets, self.ends["cache"])
        path = self.work / "captions.npz"
        while not path.exists() and not self.side.has_ended("captions") and not self.clock.stopped:
            time.sleep(0.2)
        if path.exists():
            arrays = dict(np.load(path))
        else:
            self.log("captions", "not written beside training; written now")
            known = [scenes[: len(entry.latents)] for scenes, entry in zip(self.scenes, data)]
            arrays = write_captions(self.args.world, self.args.resume, self.buckets, known, self.args.seed, 0)
        for entry in data:
            entry.captions = self._captions(entry.bucket.name, arrays, len(entry.latents))
        return data

    def train_denoiser(self, data: List[BucketLatents]) -> None:
        args = self.args
        text_encoder = build(args.resume, TEXT_ENCODER, args.from_scratch)
        denoiser = build(args.resume, TRANSFORMER, args.from_scratch)
        self.model = TextToVideo(text_encoder, denoiser).to(self.device)
        given = map(float, filter(None, args.denoiser_rates.split(",")))
        rates = DenoiserRates(*given)
        trainer = DenoiserTrainer(self.model, data, self.clock, self.log, self.work, args.seed, rates)
        if args.resume_optimiser:
            state = torch.load(args.resume_optimiser, map_location=self.device)
            attempt("optimiser state", 30, lambda: trainer.optimiser.load_state(state), self.log)
        self.denoiser_trainer = trainer
        phase = self._phase("denoiser")
        trainer.train(phase, None if args.tiny or args.smoke else self._write_denoiser)
        self._write_denoiser()
        if args.save_optimiser:
            torch.save(trainer.optimiser.state(), self.work / "denoiser-optimiser.pt")

    def _write_denoiser(self) -> None:
        export_denoiser(self.model, self.args.resume, self.model_folder)
        pack(self.model_folder, [TEXT_ENCODER, TRANSFORMER], self.outbox, "denoiser")

    def sharpen_decoder(self, data: List[BucketLatents]) -> None:
        trainer = self.vae_trainer
        if self.compiling and not trainer.parts.compiled:
            trainer.use_compiled_parts(self.ends["decoder"] - self.clock.now())
        before = {name: value.clone() for name, value in self.vae.state_dict().items()}
        phase = self._phase("decoder")
        DecoderTrainer(self.vae, trainer.parts, self.pool, data[0], self.log, trainer.chunks).train(phase)
        self.vae.requires_grad_(False)
        self.finish_vae("vae-sharpened")
        earlier = self.results.get("vae", {}).get("psnr_noise_0.2", 0.0)
        if self.results["vae-sharpened"]["psnr_noise_0.2"] < earlier:
            self.log("decoder", "no better on noisy latents; the former decoders stay")
            self.vae.load_state_dict(before)
            export_vae(self.vae, self.args.resume, self.model_folder)
            pack(self.model_folder, [VAE], self.outbox, "vae-sharpened")

    def preview(self) -> None:
        """Samples from the files just written, so that the export is tried too."""
        folder, few = self.model_folder, self.args.tiny
        model = TextToVideo(build(folder, TEXT_ENCODER), build(folder, TRANSFORMER)).to(self.device).eval()
        vae = prepare_vae(build(folder, VAE), self.device).eval()
        path = self.outbox / "samples.png"
        tokenise = CaptionTokeniser(self.args.resume)
        save_samples(model, vae, tokenise, path, steps=2 if few else 30, most=1 if few else 16)
        self.log("preview", str(path))

    # ------------------------------------------------------------------ order

    def run(self) -> None:
        self.start_side_processes()
        self.prepare()
        if not self.keep_vae:
            self.train_vae()
            set_latent_scale(self.vae, self.pool)
        self.finish_vae("vae")
        if self.until == "joint" or self.clock.stopped:
            return
        self.start_judge()
        data = self.build_cache()
        self.train_denoiser(data)
        if not self.clock.stopped:
            seconds = max(30.0, self.ends["end"] - self.clock.now() + 20)
            attempt("decoder", seconds, lambda: self.sharpen_decoder(data), self.log)
            attempt("preview", 60, self.preview, self.log)
        if self.args.smoke and self.compiling:
            attempt("compiled trial", 200, self.try_compiled, self.log)
        self.save_results()
        shutil.copyfile(self.work / "results.json", self.outbox / "results.json")
        self.log("end", "model", folder=str(self.model_folder), gpu_gb=gpu_gigabytes())

    def try_compiled(self) -> None:
        """For --smoke: waits for what is compiled beside, then measures it."""
        limit = self.args.smoke_limit
        names = [f"compile-{role}" for role in ("encoder", "decoder", "denoiser")]
        while self.clock.now() < limit - 45 and not all(map(self.side.has_ended, names)):
            time.sleep(0.5)
        self.log("compiled trial", "ready:", **{name: self.side.has_ended(name) for name in names})
        self.cache.measure_compiled(4.0)
        self.vae.requires_grad_(True)
        trainer = self.vae_trainer
        trainer.use_compiled_parts(100.0)
        trainer.train_spatial(Phase(self.clock, self.clock.now() + 6))
        trainer.train_joint(Phase(self.clock, self.clock.now() + 8))
        self.denoiser_trainer.use_compiled_blocks()
        self.denoiser_trainer.train(Phase(self.clock, self.clock.now() + 12))

    def close(self) -> None:
        self.side.stop_all()
        (self.outbox / "final.done").write_text("see log.txt\n")
        (self.work / "ended").write_text(f"{self.clock.now():.0f} s\n")


def main(until: Optional[str] = None, keep_vae: bool = False) -> None:
    args = parse_arguments()
    use_compile_cache(args.compile_cache)
    stretch = Stretch(args, until, keep_vae)
    try:
        stretch.run()
    finally:
        stretch.close()


if __name__ == "__main__":
    main()
