"""What a clip can show, which combinations training may use, and how scenes are drawn at random.

A scene is four integers: index into OBJECTS, into MOTIONS, into BACKGROUNDS, and size (0 normal, 1 large).

A tenth of the (object, motion) pairs and a tenth of the (object, background) pairs are held out: they are
chosen by a checksum of their names, so they stay the same when the lists grow or change order.
"""
import zlib
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

import numpy as np


@dataclass(frozen=True)
class Object:
    """One emoji: its code in the art package, its names (the first is the usual one) and its article."""

    code: str
    names: Tuple[str, ...]
    article: str = ""  # "" means a or an, by the sound that follows

    @property
    def name(self) -> str:
        return self.names[0]


def _object(code: str, *names: str, article: str = "") -> Object:
    return Object(code, names, article)


OBJECTS: Tuple[Object, ...] = (
    _object("1f436", "dog", "puppy"),
    _object("1f431", "cat", "kitten"),
    _object("1f981", "lion"),
    _object("1f98a", "fox"),
    _object("1f984", "unicorn"),
    _object("1f42e", "cow"),
    _object("1f437", "pig"),
    _object("1f43c", "panda", "panda bear"),
    _object("1f427", "penguin"),
    _object("1f438", "frog"),
    _object("1f422", "turtle", "tortoise"),
    _object("1f682", "train", "steam train", "locomotive"),
    _object("1f418", "elephant"),
    _object("1f99c", "parrot"),
    _object("1f433", "whale", "blue whale"),
    _object("1f420", "fish", "tropical fish"),
    _object("1f419", "octopus"),
    _object("1f98b", "butterfly"),
    _object("1f41d", "bee", "honeybee"),
    _object("1f989", "owl"),
    _object("1f339", "rose", "red rose"),
    _object("1f33b", "sunflower"),
    _object("1f332", "tree", "pine tree", "fir tree"),
    _object("1f335", "cactus"),
    _object("1f344", "mushroom", "red mushroom"),
    _object("1f349", "watermelon", "slice of watermelon", "watermelon slice"),
    _object("1f34c", "banana"),
    _object("1f34d", "pineapple"),
    _object("1f34e", "apple", "red apple"),
    _object("1f353", "strawberry"),
    _object("1f355", "pizza", "slice of pizza", "pizza slice"),
    _object("1f354", "burger", "hamburger"),
    _object("1f366", "ice cream", "ice cream cone"),
    _object("1f382", "cake", "birthday cake"),
    _object("1f369", "donut", "doughnut"),
    _object("1f30d", "earth", "planet earth", "globe", article="the"),
    _object("1f3e0", "house"),
    _object("1f3f0", "castle"),
    _object("1f68c", "bus"),
    _object("1f697", "car", "red car"),
    _object("1f680", "rocket", "space rocket"),
    _object("2708-fe0f", "airplane", "plane"),
    _object("26f5", "sailboat", "sailing boat"),
    _object("23f0", "clock", "alarm clock"),
    _object("1f319", "moon", "crescent moon"),
    _object("1f31e", "sun", "smiling sun"),
    _object("2b50", "star", "yellow star", "golden star"),
    _object("1f308", "rainbow"),
    _object("2602-fe0f", "umbrella", "purple umbrella"),
    _object("26c4", "snowman"),
    _object("1f383", "pumpkin", "halloween pumpkin", "jack o lantern"),
    _object("1f388", "balloon", "red balloon"),
    _object("1f381", "gift", "present", "gift box"),
    _object("26bd", "soccer ball", "football"),
    _object("1f3c0", "basketball"),
    _object("1f3b8", "guitar", "electric guitar"),
    _object("1f347", "bunch of grapes", "grapes", "purple grapes"),
    _object("1f48e", "diamond", "blue diamond", "gem"),
    _object("1f4a1", "light bulb", "lightbulb"),
    _object("1f69c", "tractor", "green tractor"),
    _object("2764-fe0f", "heart", "red heart"),
    _object("1f47b", "ghost"),
    _object("1f6f8", "ufo", "flying saucer"),
    _object("1f916", "robot"),
)

MOTIONS: Tuple[str, ...] = (
    "still",
    "right",
    "left",
    "up",
    "down",
    "bounce",
    "spin",
    "swing",
    "circle",
    "grow",
    "shrink",
    "shake",
    "jump",
    "fade",
)

SCENERY: Tuple[str, ...] = (
    "sunset",
    "starry",
    "ocean",
    "ocean_sunset",
    "meadow",
    "desert",
    "snow",
    "rain",
    "city",
    "forest",
    "underwater",
    "checker",
    "mountain",
    "stripes",
    "lava",
    "clouds",
)

PLAIN_COLORS = {  # red, green, blue in [0, 1]
    "white": (0.95, 0.95, 0.96),
    "black": (0.07, 0.07, 0.09),
    "gray": (0.52, 0.53, 0.55),
    "red": (0.82, 0.13, 0.15),
    "yellow": (0.98, 0.84, 0.20),
    "green": (0.18, 0.62, 0.30),
    "blue": (0.15, 0.32, 0.82),
    "purple": (0.47, 0.22, 0.68),
    "pink": (0.98, 0.62, 0.76),
    "orange": (0.97, 0.55, 0.13),
}

BACKGROUNDS: Tuple[str, ...] = SCENERY + tuple(f"plain_{color}" for color in PLAIN_COLORS)

SIZES: Tuple[str, ...] = ("normal", "large")

SPLITS = ("train", "seen", "unseen_motion", "unseen_background", "all")

SCENERY_SHARE = 0.7  # of the clips; the others have a plain colour
LARGE_SHARE = 0.38


def _held_out(kind: str, object_name: str, other: str) -> bool:
    return zlib.crc32(f"{kind}:{object_name}:{other}".encode()) % 10 == 0


def _held_out_table(kind: str, others: Sequence[str]) -> np.ndarray:
    return np.array([[_held_out(kind, item.name, other) for other in others] for item in OBJECTS])


HELD_OUT_MOTIONS = _held_out_table("motion", MOTIONS)  # (objects, motions) bool
HELD_OUT_BACKGROUNDS = _held_out_table("background", BACKGROUNDS)  # (objects, backgrounds) bool


def _allowed(scenes: np.ndarray, split: str) -> np.ndarray:
    """(count, 4) scenes -> (count,) bool: does the scene belong to the split?"""
    objects, motions, backgrounds = scenes[:, 0], scenes[:, 1], scenes[:, 2]
    motion_is_held_out = HELD_OUT_MOTIONS[objects, motions]
    background_is_held_out = HELD_OUT_BACKGROUNDS[objects, backgrounds]
    if split == "all":
        return np.ones(len(scenes), dtype=bool)
    if split in ("train", "seen"):
        return ~motion_is_held_out & ~background_is_held_out
    if split == "unseen_motion":
        return motion_is_held_out & ~background_is_held_out
    if split == "unseen_background":
        return ~motion_is_held_out & background_is_held_out
    raise ValueError(f"split must be one of {SPLITS}, not {split!r}")


def _draw(rng: np.random.Generator, count: int, motion_shares: Optional[np.ndarray]) -> np.ndarray:
    """(count, 4) scenes, held-out pairs among them."""
    scenery = rng.integers(0, len(SCENERY), count)
    plain = rng.integers(len(SCENERY), len(BACKGROUNDS), count)
    return np.stack(
        [
            rng.integers(0, len(OBJECTS), count),
            rng.choice(len(MOTIONS), count, p=motion_shares),
            np.where(rng.random(count) < SCENERY_SHARE, scenery, plain),
            (rng.random(count) < LARGE_SHARE).astype(np.int64),
        ],
        axis=1,
    )


def sample_scenes(
    rng: np.random.Generator, count: int, split: str = "train", motions: Optional[Sequence[float]] = None
) -> np.ndarray:
    """Draws scenes of one split: no held-out pair in 'train' and 'seen', one in the two 'unseen' ones.

    'all' draws any scene: for the judge, which must know every combination, and never for the generator.
    motions: a weight for each of MOTIONS (not negative, any sum); None means that all are as likely.
    Returns an int64 array (count, 4): object, motion, background, size.
    """
    shares = None
    if motions is not None:
        weights = np.asarray(motions, dtype=np.float64)
        shares = weights / weights.sum()
    parts, found = [np.zeros((0, 4), np.int64)], 0
    while found < count:
        drawn = _draw(rng, 2 * (count - found) + 64, shares)
        parts.append(drawn[_allowed(drawn, split)])
        found += len(parts[-1])
    return np.concatenate(parts)[:count]
