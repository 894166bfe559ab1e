"""The prompts that models and settings are evaluated with: worded with sentences that training never used.

There are three groups: combinations that training has shown, pairs of object and motion that it has not, and
pairs of object and background that it has not.
"""
import argparse
import random
from typing import Dict, List

import numpy as np

from world.captions import caption
from world.scenes import sample_scenes

GROUPS = ("seen", "unseen_motion", "unseen_background")
PROMPT_SEED = 20260


def make_prompts(counts: Dict[str, int], seed: int) -> List[Dict]:
    """The prompts of all groups, spread evenly over the list so that a part of it is a fair sample."""
    placed = []
    for index, group in enumerate(GROUPS):
        scenes = sample_scenes(np.random.default_rng([seed, index]), counts[group], group)
        wording = random.Random(seed * 10 + index)
        for number, scene in enumerate(scenes):
            entry = {
                "group": group,
                "number": number,
                "scene": [int(value) for value in scene],
                "prompt": caption(wording, scene, held_back=True),
                "seed": seed + 1000 * index + number,
            }
            placed.append(((number + 0.5) / counts[group], index, entry))
    return [entry for _, _, entry in sorted(placed, key=lambda item: item[:2])]


def add_prompt_options(parser: argparse.ArgumentParser, default_counts: Dict[str, int]) -> None:
    """The options that choose the prompts: their seed and how many there are of each group."""
    parser.add_argument("--prompt-seed", type=int, default=PROMPT_SEED)
    for group in GROUPS:
        parser.add_argument(
            f"--{group.replace('_', '-')}", type=int, default=default_counts[group], metavar="CLIPS"
        )


def prompt_counts(arguments: argparse.Namespace) -> Dict[str, int]:
    """How many prompts of each group the command line asks for."""
    return {group: getattr(arguments, group) for group in GROUPS}
