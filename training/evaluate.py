"""Scores a model folder as users run it: odsora draws new prompts, the judge names what it sees.

    python3 evaluate.py --model MODEL_FOLDER --judge judge.npz --output out/evaluation [--engine odsora]

Prompts and their three groups are those of evaluation_prompts.py. The folder keeps the judge's 12 frames of
each clip, so a run that was stopped goes on where it was; scores.json and scores.md are written anew each
time.
"""
import argparse
import collections
import json
import math
import time
from pathlib import Path
from typing import Dict, List

import numpy as np
import torch

from clip_folder import checksum, clip_file, keep_settings, load_clip, save_clip
from engine_clips import DEFAULT_ENGINE, Engine
from evaluation_prompts import GROUPS, PROMPT_SEED, add_prompt_options, make_prompts, prompt_counts
from judge_network import TASKS, Judge, judge_input, picked_frames
from world.render import World
from world.scenes import BACKGROUNDS, MOTIONS, OBJECTS

DEFAULT_COUNTS = {"seen": 200, "unseen_motion": 100, "unseen_background": 100}
NAMES = ([item.name for item in OBJECTS], MOTIONS, BACKGROUNDS)
REPORTED_CONFUSIONS = 12


def generate_missing(engine: Engine, folder: Path, prompts: List[Dict]) -> None:
    """Makes the clips that are not in the folder yet; keeps the judge's 12 frames of each."""
    missing = [entry for entry in prompts if not clip_file(folder, entry).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for done, entry in enumerate(missing, 1):
        frames = engine.generate(entry["prompt"], entry["seed"])
        save_clip(folder, entry, frames=frames[picked_frames(len(frames))])
        if done % 10 == 0 or done == len(missing):
            each = (time.monotonic() - began) / done
            print(f"{done} of {len(missing)} clips, {each:.1f} s each", flush=True)


def judge_clips(judge: Judge, folder: Path, prompts: List[Dict], batch: int = 8) -> np.ndarray:
    """(prompts, 3) the judge's object, motion and background of each clip."""
    verdicts = []
    for start in range(0, len(prompts), batch):
        frames = np.stack([load_clip(folder, entry)["frames"] for entry in prompts[start : start + batch]])
        verdicts.append(judge.name(judge_input(frames))[0])
    return np.concatenate(verdicts)


def share(right: np.ndarray) -> Dict:
    """Per cent right, the standard error of that, and how many there were."""
    count = len(right)
    rate = float(right.mean()) if count else float("nan")
    error = math.sqrt(rate * (1 - rate) / count) if count else float("nan")
    return {"percent": round(100 * rate, 1), "standard_error": round(100 * error, 1), "count": count}


def score(prompts: List[Dict], verdicts: np.ndarray) -> Dict:
    """Shares of right verdicts by group and task, by motion, by object, and the commonest confusions."""
    wanted = np.array([entry["scene"][:3] for entry in prompts])
    groups = np.array([entry["group"] for entry in prompts])
    right = verdicts == wanted
    scores: Dict = {"groups": {}, "by_name": {}, "confusions": {}}
    for group in (*GROUPS, "all"):
        chosen = np.ones(len(prompts), bool) if group == "all" else groups == group
        if chosen.any():
            scores["groups"][group] = {
                task: share(right[chosen, index]) for index, (task, _) in enumerate(TASKS)
            }
            scores["groups"][group]["all three"] = share(right[chosen].all(1))
    for index, (task, _) in enumerate(TASKS):
        scores["by_name"][task] = {
            name: share(right[wanted[:, index] == value, index])
            for value, name in enumerate(NAMES[index])
            if (wanted[:, index] == value).any()
        }
        pairs = collections.Counter(
            (NAMES[index][want], NAMES[index][got])
            for want, got in zip(wanted[:, index], verdicts[:, index])
            if want != got
        )
        scores["confusions"][task] = [
            {"prompted": want, "judged": got, "count": count}
            for (want, got), count in pairs.most_common(REPORTED_CONFUSIONS)
        ]
    return scores


def table(scores: Dict) -> str:
    """The scores as Markdown."""
    columns = [task for task, _ in TASKS] + ["all three"]
    lines = ["| group | clips | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for group, shares in scores["groups"].items():
        cells = [
            f"{shares[column]['percent']:.1f} ± {shares[column]['standard_error']:.1f} %"
            for column in columns
        ]
        lines.append(f"| {group} | {shares['object']['count']} | " + " | ".join(cells) + " |")
    for task, _ in TASKS:
        names = sorted(scores["by_name"][task].items(), key=lambda item: (item[1]["percent"], item[0]))
        flawed = [
            f"{name} {entry['percent']:.0f} % of {entry['count']}"
            for name, entry in names
            if entry["percent"] < 100 or task == "motion"
        ]
        lines += ["", f"{task}, worst first: " + (", ".join(flawed) or "all right")]
        mistaken = [
            f"{entry['prompted']} as {entry['judged']} ({entry['count']})"
            for entry in scores["confusions"][task]
        ]
        if mistaken:
            lines.append(f"{task}, commonest mistakes: " + ", ".join(mistaken))
    return "\n".join(lines) + "\n"


def real_verdicts(judge: Judge, prompts: List[Dict], art: Path, batch: int = 8) -> np.ndarray:
    """The judge's verdicts on rendered clips of the prompts' scenes: the best score that it can give."""
    world, generator, verdicts = World("cpu", art), torch.Generator().manual_seed(PROMPT_SEED), []
    for start in range(0, len(prompts), batch):
        scenes = np.array([entry["scene"] for entry in prompts[start : start + batch]])
        clips, _ = world.render(scenes, generator=generator)
        verdicts.append(judge.name(clips[:, torch.from_numpy(picked_frames(clips.shape[1]))])[0])
    return np.concatenate(verdicts)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", type=Path, default=DEFAULT_ENGINE)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder for clips and scores")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--preset", default="exact", help="of odsora; exact, so that the model itself is scored")
    parser.add_argument("--cfg-scale", type=float, help="the model's own if not given")
    parser.add_argument("--threads", type=int, help="of odsora; all cores if not given")
    parser.add_argument(
        "--real",
        type=Path,
        metavar="ATLAS",
        help="also judge rendered clips of the same scenes, with this art",
    )
    add_prompt_options(parser, DEFAULT_COUNTS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    counts = prompt_counts(arguments)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    options = ["--steps", str(arguments.steps), "--preset", arguments.preset]
    if arguments.cfg_scale is not None:
        options += ["--cfg-scale", str(arguments.cfg_scale)]
    settings = {
        "weights": checksum(arguments.model),
        "options": options,
        "prompt_seed": arguments.prompt_seed,
        "counts": counts,
    }
    keep_settings(arguments.output, settings)
    if arguments.threads:  # the result does not depend on it
        options = options + ["--threads", str(arguments.threads)]
    prompts, clips = make_prompts(counts, arguments.prompt_seed), arguments.output / "clips"
    generate_missing(Engine(arguments.engine, arguments.model, options), clips, prompts)
    judge = Judge.load(arguments.judge)
    verdicts = judge_clips(judge, clips, prompts)
    scores = score(prompts, verdicts)
    text = "Generated clips\n\n" + table(scores)
    if arguments.real:
        scores["real"] = score(prompts, real_verdicts(judge, prompts, arguments.real))
        text += "\nRendered clips of the same scenes (what the judge can reach)\n\n" + table(scores["real"])
    scores["settings"] = settings
    scores["clips"] = [
        {**entry, "judged": [int(value) for value in verdict]} for entry, verdict in zip(prompts, verdicts)
    ]
    (arguments.output / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
    (arguments.output / "scores.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
