"""What each accelerating setting of odsora costs and saves, paired by prompt and seed with the exact run.

    python3 compare.py --model ../models/emoji-world --judge judge.npz --output out/compare [--only lpl-16]
    python3 compare.py --model ../models/emoji-world --output out/compare --timing 10

The first makes the clips that are missing, scores them, prints the tables of comparisons.json and writes
table.md and scores.json. A prompt's clips are made by all settings in turn, so they are paired in time as
well; each is judged and measured at once, and a record of that is kept in out/compare/<setting>/. The exact
clips are kept whole, without loss, so settings can be added later. A run that was stopped goes on where it
was.

The second makes the clips of the first prompts afresh, for time on a quiet machine, and keeps only their
seconds, in out/compare/timing/. README.md says what the columns mean.
"""
import argparse
import io
import json
import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence

import numpy as np
import torch
from PIL import Image

from clip_folder import checksum, clip_file, keep_settings, load_clip, save_clip
from clip_metrics import amount_of_motion, calm_pixels, flicker, psnr, ssim
from comparison_scores import PHASES, phase_seconds, score, speed_up
from comparison_settings import EXACT, TIMING, Setting, chosen_settings, read_settings
from comparison_table import tables, timing_table
from engine_clips import DEFAULT_ENGINE, Engine, EngineError
from evaluation_prompts import add_prompt_options, make_prompts, prompt_counts
from judge_network import Judge, judge_input, picked_frames

DEFAULT_SETTINGS = Path(__file__).resolve().parent / "comparisons.json"
DEFAULT_COUNTS = {"seen": 500, "unseen_motion": 250, "unseen_background": 250}
REPORTED_PROMPTS = 10  # a line of progress after so many


@dataclass(frozen=True)
class Workshop:
    """How clips are made: the program, the model folder, engines at a time, threads of each."""

    program: Path
    model: Path
    jobs: int
    threads: int

    def engine(self, setting: Setting) -> Engine:
        """Without the cache of text embeddings, so that every run does all the work."""
        return Engine(
            self.program, self.model, ["--no-cache", "--threads", str(self.threads), *setting.options]
        )


def for_each_prompt(work: Callable[[Dict], Any], prompts: Sequence[Dict], jobs: int) -> List[Any]:
    """What work(prompt) returns for each, with `jobs` prompts at a time. An error ends it all."""
    began = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, entry) for entry in prompts]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                if done % REPORTED_PROMPTS == 0 or done == len(futures):
                    each = (time.monotonic() - began) / done
                    left = each * (len(futures) - done) / 60
                    print(
                        f"{done} of {len(futures)} prompts, {each:.1f} s each, {left:.0f} min left",
                        flush=True,
                    )
        except BaseException:  # an interrupt too: prompts under way are finished, no others begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def packed(frames: np.ndarray) -> np.ndarray:
    """A clip (frames, height, width, 3) uint8 without loss: the bytes of a PNG, all frames in a column."""
    file = io.BytesIO()
    Image.fromarray(frames.reshape(-1, *frames.shape[2:])).save(file, "PNG")
    return np.frombuffer(file.getvalue(), np.uint8)


def unpacked(data: np.ndarray, frames: int) -> np.ndarray:
    """The clip of `frames` frames that was packed."""
    column = np.asarray(Image.open(io.BytesIO(data.tobytes())))
    return column.reshape(frames, -1, *column.shape[1:])


@torch.no_grad()
def judged(judge: Judge, frames: np.ndarray) -> Dict[str, np.ndarray]:
    """The judge's verdict (3,) on a clip, and its logits, of objects, motions and backgrounds in a row."""
    logits = judge(judge_input(frames[None, picked_frames(len(frames))]))
    return {
        "verdict": np.array([int(part.argmax()) for part in logits]),
        "logits": torch.cat(logits, 1)[0].numpy(),
    }


def measured(frames: np.ndarray, exact: np.ndarray) -> Dict[str, float]:
    """A clip's own measures, and its likeness to the exact clip of its prompt."""
    if frames.shape != exact.shape:
        raise EngineError(
            f"a clip of shape {frames.shape} cannot be compared with an exact one of {exact.shape}"
        )
    return {
        "psnr": psnr(frames, exact),
        "ssim": ssim(frames, exact),
        "motion": amount_of_motion(frames),
        "flicker": flicker(frames, calm_pixels(exact)),
    }


def exact_clip(folder: Path, entry: Dict) -> np.ndarray:
    """The clip (frames, height, width, 3) uint8 that the exact setting's record holds."""
    record = load_clip(folder / EXACT, entry)
    return unpacked(record["clip"], int(record["frames"]))


def make_clip(workshop: Workshop, judge: Judge, folder: Path, setting: Setting, entry: Dict) -> None:
    """Makes one clip and keeps its record. The prompt's exact clip must be there, or be the one to make."""
    began = time.time()
    frames, report = workshop.engine(setting).generate_with_report(entry["prompt"], entry["seed"])
    is_exact = setting.name == EXACT
    save_clip(
        folder / setting.name,
        entry,
        **measured(frames, frames if is_exact else exact_clip(folder, entry)),
        **judged(judge, frames),
        **({"clip": packed(frames), "frames": len(frames)} if is_exact else {}),
        report=json.dumps(report),
        began=began,
        jobs=workshop.jobs,
        threads=workshop.threads,
    )


def make_missing(
    workshop: Workshop, judge: Judge, folder: Path, settings: Sequence[Setting], prompts: Sequence[Dict]
) -> None:
    """Makes the clips that have no record yet, the exact one of a prompt first."""

    def missing(entry: Dict) -> List[Setting]:
        return [setting for setting in settings if not clip_file(folder / setting.name, entry).exists()]

    def make(entry: Dict) -> None:
        for setting in missing(entry):
            make_clip(workshop, judge, folder, setting, entry)

    for_each_prompt(make, [entry for entry in prompts if missing(entry)], workshop.jobs)


def compare(arguments: argparse.Namespace, settings: List[Setting], workshop: Workshop) -> str:
    """Makes what is missing and writes the scores; returns the tables."""
    folder, counts = arguments.output, prompt_counts(arguments)
    if sum(counts.values()) < 2:
        raise SystemExit("a comparison needs at least two prompts")
    common = {
        "weights": checksum(arguments.model),
        "judge": f"{zlib.crc32(arguments.judge.read_bytes()):08x}",
        "prompt_seed": arguments.prompt_seed,
        "counts": counts,
    }
    keep_settings(folder, common)
    for setting in settings:
        keep_settings(folder / setting.name, {"options": setting.options})
    prompts = make_prompts(counts, arguments.prompt_seed)
    make_missing(workshop, Judge.load(arguments.judge), folder, settings, prompts)
    scores = score(folder, settings, prompts)
    (folder / "scores.json").write_text(json.dumps({"made_with": common, **scores}, indent=1) + "\n")
    (folder / "table.md").write_text(tables(scores))
    return tables(scores)


def time_settings(arguments: argparse.Namespace, settings: List[Setting], workshop: Workshop) -> str:
    """Makes the first prompts' clips with all settings, keeping only their seconds; returns a table."""
    prompts = make_prompts(prompt_counts(arguments), arguments.prompt_seed)[: arguments.timing]

    def reports(entry: Dict) -> List[Dict]:
        return [
            workshop.engine(setting).generate_with_report(entry["prompt"], entry["seed"])[1]
            for setting in settings
        ]

    reports(prompts[0])  # not counted: reads weights from disk, wakes the processor
    by_setting = list(zip(*for_each_prompt(reports, prompts, workshop.jobs)))
    exact, found = phase_seconds(by_setting[0]), {}
    for setting, its_reports in zip(settings, by_setting):
        seconds = phase_seconds(its_reports)
        found[setting.name] = {
            "options": setting.options,
            "median_seconds": {phase: float(np.median(seconds[phase])) for phase in PHASES},
            "speed_up": {phase: speed_up(seconds[phase], exact[phase]) for phase in PHASES},
            "seconds": {phase: seconds[phase].tolist() for phase in PHASES},
        }
    text = timing_table(found, (workshop.jobs, workshop.threads), len(prompts))
    folder = arguments.output / TIMING
    folder.mkdir(parents=True, exist_ok=True)
    note = {"jobs": workshop.jobs, "threads": workshop.threads, "settings": found}
    (folder / "seconds.json").write_text(json.dumps(note, indent=1) + "\n")
    (folder / "table.md").write_text(text)
    return text


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--engine", type=Path, default=DEFAULT_ENGINE, help="odsora, or a program that runs it"
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--judge", type=Path, help="not needed with --timing")
    parser.add_argument("--output", type=Path, required=True, help="folder for records and scores")
    parser.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="file of settings")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="settings besides exact")
    parser.add_argument("--jobs", type=int, default=1, help="engines at a time")
    parser.add_argument("--threads", type=int, help="of each engine; an even share of all cores if not given")
    parser.add_argument("--timing", type=int, metavar="PROMPTS", help="only time so many prompts, afresh")
    add_prompt_options(parser, DEFAULT_COUNTS)
    arguments = parser.parse_args()
    if arguments.judge is None and arguments.timing is None:
        parser.error("--judge is needed, except with --timing")
    for name in ("jobs", "threads", "timing"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    try:
        settings = chosen_settings(read_settings(arguments.settings), arguments.only)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{arguments.settings} cannot be used: {error}")
    threads = arguments.threads or max(1, (os.cpu_count() or 1) // arguments.jobs)
    torch.set_num_threads(threads)
    workshop = Workshop(arguments.engine, arguments.model, arguments.jobs, threads)
    try:
        print((time_settings if arguments.timing else compare)(arguments, settings, workshop))
    except (EngineError, OSError) as error:
        raise SystemExit(str(error))


if __name__ == "__main__":
    main()
