"""What settings cost, from the records of their clips: each against the exact run, prompt by prompt."""
import json
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import numpy as np

from clip_folder import load_clip
from comparison_settings import EXACT, Setting
from judge_network import TASKS
from paired_statistics import mean_interval, quartiles, ratio_of_means, tango_interval

MEASURES = ("verdict", "psnr", "ssim", "motion", "flicker", "began", "jobs", "threads")
PHASES = ("text", "denoising", "decoding", "total")
NEAR_SECONDS = 600  # runs that lie farther apart are not compared in time: the machine may have been busier

Columns = Dict[str, np.ndarray]  # by name: one value, or one row, for each prompt


def read_columns(folder: Path, prompts: Sequence[Dict]) -> Columns:
    """What the records of one setting's clips say, in the order of the prompts."""
    records = [
        {name: value for name, value in load_clip(folder, entry).items() if name in (*MEASURES, "report")}
        for entry in prompts  # without the exact clips themselves, which are large
    ]
    columns = {name: np.stack([record[name] for record in records]) for name in MEASURES}
    reports = [json.loads(str(record["report"])) for record in records]
    for name in ("evaluations", "precision"):
        columns[name] = np.array([report[name] for report in reports])
    if len(set(columns["precision"])) > 1:
        raise SystemExit(
            f"{folder} holds clips in bf16 and in f32, so not of one machine: choose another folder"
        )
    return {**columns, **phase_seconds(reports)}


def phase_seconds(reports: Sequence[Dict]) -> Columns:
    """Columns of the seconds of each phase, from the engine's reports."""
    return {phase: np.array([report["seconds"][phase] for report in reports]) for phase in PHASES}


def speed_up(seconds: np.ndarray, exact: np.ndarray) -> Optional[Dict]:
    """How many times faster than the exact run, over pairs: median and quartiles. None without pairs."""
    if not len(seconds):
        return None
    low, median, high = quartiles(exact / seconds)
    return {"median": median, "quartiles": [low, high], "pairs": len(seconds)}


def made_together(found: Columns, exact: Columns) -> np.ndarray:
    """(prompts,) bool: runs that were near in time, with as much else running and as many threads."""
    near = np.abs(found["began"] - exact["began"]) <= NEAR_SECONDS
    return near & (found["jobs"] == exact["jobs"]) & (found["threads"] == exact["threads"])


def right_verdicts(found: Columns, prompts: Sequence[Dict]) -> Dict[str, np.ndarray]:
    """(prompts,) bool for each task and for all three together."""
    wanted = np.array([entry["scene"][: len(TASKS)] for entry in prompts])
    right = found["verdict"] == wanted
    return {**{task: right[:, index] for index, (task, _) in enumerate(TASKS)}, "all three": right.all(1)}


def change_in_right(right: np.ndarray, exact: np.ndarray) -> Dict:
    """Points of a hundred that the share of right verdicts gains, and the prompts that turned either way."""
    gained, lost = int((right & ~exact).sum()), int((exact & ~right).sum())
    low, high = tango_interval(gained, lost, len(right))
    return {
        "percent": 100 * float(right.mean()),
        "points": 100 * (gained - lost) / len(right),
        "interval": [100 * low, 100 * high],
        "right_to_wrong": lost,
        "wrong_to_right": gained,
    }


def ratio_to_exact(values: np.ndarray, exact: np.ndarray) -> Optional[Dict]:
    """The ratio of the means where both are known; None if it cannot be told."""
    known = ~(np.isnan(values) | np.isnan(exact))
    if known.sum() < 2 or not exact[known].any():
        return None
    ratio, interval = ratio_of_means(values[known], exact[known])
    return {"ratio": ratio, "interval": list(interval), "prompts": int(known.sum())}


def score_setting(found: Columns, exact: Columns, prompts: Sequence[Dict]) -> Dict:
    """All that the tables tell about a setting, and more."""
    together = made_together(found, exact)
    right, right_exact = right_verdicts(found, prompts), right_verdicts(exact, prompts)
    return {
        "precision": str(found["precision"][0]),
        "evaluations": float(found["evaluations"].mean()),
        "speed_up": {phase: speed_up(found[phase][together], exact[phase][together]) for phase in PHASES},
        "right": {task: change_in_right(right[task], right_exact[task]) for task in right},
        "psnr": {
            "mean": float(found["psnr"].mean()),
            "interval": list(mean_interval(found["psnr"])),
            "tenth_percentile": float(np.percentile(found["psnr"], 10)),
        },
        "ssim": {"mean": float(found["ssim"].mean()), "interval": list(mean_interval(found["ssim"]))},
        "motion": ratio_to_exact(found["motion"], exact["motion"]),
        "flicker": ratio_to_exact(found["flicker"], exact["flicker"]),
    }


def score_exact(exact: Columns, prompts: Sequence[Dict]) -> Dict:
    """What the other settings' scores are relative to."""
    return {
        "precision": str(exact["precision"][0]),
        "evaluations": float(exact["evaluations"].mean()),
        "percent_right": {
            task: 100 * float(right.mean()) for task, right in right_verdicts(exact, prompts).items()
        },
    }


def loads(columns: Columns) -> List[List[int]]:
    """The different [jobs, threads] that clips were made with."""
    return sorted({(int(jobs), int(threads)) for jobs, threads in zip(columns["jobs"], columns["threads"])})


def score(folder: Path, settings: Sequence[Setting], prompts: Sequence[Dict]) -> Dict:
    """The scores of all settings by name. Their records must be there; the first setting is the exact one."""
    exact = read_columns(folder / EXACT, prompts)
    scores: Dict = {
        "prompts": len(prompts),
        "jobs_and_threads": loads(exact),
        "exact": score_exact(exact, prompts),
        "settings": {},
    }
    for setting in settings[1:]:
        found = read_columns(folder / setting.name, prompts)
        if found["precision"][0] != exact["precision"][0]:
            raise SystemExit(
                f"{folder / setting.name} holds clips in {found['precision'][0]}, the exact run's are in"
                f" {exact['precision'][0]}, so not of one machine: choose another folder"
            )
        scores["settings"][setting.name] = {
            "options": setting.options,
            "table": setting.table,
            **score_setting(found, exact, prompts),
        }
    return scores
