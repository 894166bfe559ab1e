"""The scores of compare.py as Markdown."""
from typing import Dict, List, Optional, Sequence, Tuple

from comparison_settings import EXACT
from judge_network import TASKS

COLUMNS = (
    "setting",
    "evaluations",
    "denoising, times faster",
    *(f"{task} right" for task, _ in TASKS),
    "all three right",
    "right to wrong, wrong to right",
    "PSNR, dB; 10th percentile",
    "SSIM",
    "amount of motion",
    "flicker",
)
UNKNOWN = "?"


def grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def signed(value: float, digits: int) -> str:
    """With its sign, and zero without."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(f"{value:.{digits}f}") else f"{0:.{digits}f}"


def spread(value: float, interval: Sequence[float], digits: int) -> str:
    """A value and what it may as well be."""
    return f"{value:.{digits}f} ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})"


def times_faster(speed: Optional[Dict]) -> str:
    return spread(speed["median"], speed["quartiles"], 2) if speed else UNKNOWN


def ratio(found: Optional[Dict]) -> str:
    return spread(found["ratio"], found["interval"], 3) if found else UNKNOWN


def points(change: Dict) -> str:
    low, high = (signed(value, 1) for value in change["interval"])
    return f"{signed(change['points'], 1)} ({low} to {high})"


def exact_row(exact: Dict) -> List[str]:
    """The exact run's: shares of right verdicts, and what equal clips have."""
    shares = [f"{share:.1f} %" for share in exact["percent_right"].values()]
    return [EXACT, f"{exact['evaluations']:.1f}", "1", *shares, "", "", "1", "1", "1"]


def setting_row(name: str, scores: Dict) -> List[str]:
    turned = scores["right"]["all three"]
    psnr, ssim = scores["psnr"], scores["ssim"]
    return [
        name,
        f"{scores['evaluations']:.1f}",
        times_faster(scores["speed_up"]["denoising"]),
        *(points(change) for change in scores["right"].values()),
        f"{turned['right_to_wrong']}, {turned['wrong_to_right']}",
        f"{spread(psnr['mean'], psnr['interval'], 1)}; {psnr['tenth_percentile']:.1f}",
        spread(ssim["mean"], ssim["interval"], 4),
        ratio(scores["motion"]),
        ratio(scores["flicker"]),
    ]


def describe_load(jobs: int, threads: int) -> str:
    """How busy the machine was, in words."""
    engines = "one engine at a time" if jobs == 1 else f"{jobs} engines at a time"
    return f"{engines}, {threads} thread{'s' if threads > 1 else ''} each"


def caption(scores: Dict) -> str:
    loads = "; ".join(describe_load(*load) for load in scores["jobs_and_threads"])
    return (
        f"{scores['prompts']:,} prompts with a seed each; every clip is compared with the exact one of its"
        " prompt and seed. Right: in the judge's eyes, as points more or fewer than exact. Amount of motion,"
        " flicker: ratios to exact. In brackets: 95 % intervals; of times faster, the quartiles around the"
        " median of paired ratios"
        f" ({loads}).\n"
    )


def tables(scores: Dict) -> str:
    """A caption, and a table for each title; with the exact setting alone there is none."""
    titles = dict.fromkeys(found["table"] for found in scores["settings"].values())
    parts = [caption(scores)]
    for title in titles:
        rows = [exact_row(scores["exact"])] + [
            setting_row(name, found) for name, found in scores["settings"].items() if found["table"] == title
        ]
        parts.append(f"**{title}**\n\n" + grid(COLUMNS, rows))
    return "\n".join(parts)


def timing_table(seconds: Dict[str, Dict], load: Tuple[int, int], prompts: int) -> str:
    """Median seconds of each phase, and how many times faster: see compare.py's time_settings."""
    phases = list(seconds[EXACT]["median_seconds"])
    header = [
        "setting",
        *(f"{phase}, s" for phase in phases),
        *(f"{phase}, times faster" for phase in phases),
    ]
    rows = [
        [
            name,
            *(f"{found['median_seconds'][phase]:.3f}" for phase in phases),
            *("1" if name == EXACT else times_faster(found["speed_up"][phase]) for phase in phases),
        ]
        for name, found in seconds.items()
    ]
    return (
        f"Medians over {prompts} prompts, and of paired ratios (quartiles); {describe_load(*load)}.\n\n"
        + grid(header, rows)
    )
