"""Contact sheets and GIFs, for the eye and for a README's gallery.

    python3 sheet.py engine --model MODEL_FOLDER --output out/gallery [--prompts FILE] [--steps 30]
    python3 sheet.py world  --output out/world.png [--rows 14] [--seed 0]

`engine` lets odsora draw a list of prompts (a file with a seed, a blank and a prompt a line; our gallery
otherwise) and writes sheet.png, a row for each prompt and 7 frames a row, and a GIF a prompt, all GIFs
together under 3 MB. Clips are kept, so a second run only draws what is missing. `world` shows rendered
scenes, which the model learns from.
"""
import argparse
import random
import re
from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np
import torch
from PIL import Image, ImageDraw

from engine_clips import DEFAULT_ENGINE, Engine
from world.captions import caption
from world.render import World
from world.scenes import MOTIONS, sample_scenes
from world.sprites import DEFAULT_ATLAS

COLUMNS = 7
CAPTION_HEIGHT = 14  # pixels
GAP = 2
GIF_BYTES = 3_000_000  # all of a gallery together
GIF_COLORS = (128, 96, 64, 48, 32)  # tried in this order until the gallery is small enough
FRAME_MILLISECONDS = 125

GALLERY: Tuple[Tuple[int, str], ...] = (
    (1, "a panda bouncing over the ocean at sunset"),
    (2, "a big rocket rising over a city at night"),
    (3, "an owl swinging on a starry night"),
    (4, "a pizza spinning in the snow"),
    (5, "a whale moving to the left in the clouds"),
    (6, "a penguin jumping in the rain"),
    (7, "a cactus growing in the desert"),
    (8, "a ghost fading in in the forest"),
    (9, "a tropical fish moving in a circle underwater"),
    (10, "a robot shaking on a checkerboard floor"),
    (11, "a red balloon floating up on a green meadow"),
    (12, "a large diamond spinning on a plain purple background"),
)


def read_prompts(file: Path) -> List[Tuple[int, str]]:
    """Lines of a seed, a blank and a prompt."""
    lines = [line.split(maxsplit=1) for line in file.read_text().splitlines() if line.strip()]
    return [(int(seed), prompt.strip()) for seed, prompt in lines]


def file_name(seed: int, prompt: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:60] + f"-{seed}"


def contact_sheet(
    clips: Sequence[np.ndarray], captions: Sequence[str], rows_per_column: int = 0
) -> Image.Image:
    """A row for each clip (frames, height, width, 3) uint8: its caption, and 7 frames from first to last.

    rows_per_column > 0 starts a new column of rows to the right when so many rows are full.
    """
    height, width = clips[0].shape[1:3]
    rows = rows_per_column or len(clips)
    row_height = CAPTION_HEIGHT + height + GAP
    row_width = COLUMNS * (width + GAP) + 4 * GAP
    sheet = Image.new(
        "RGB", (row_width * -(-len(clips) // rows), row_height * min(rows, len(clips))), "white"
    )
    pen = ImageDraw.Draw(sheet)
    for index, (clip, text) in enumerate(zip(clips, captions)):
        left, top = index // rows * row_width, index % rows * row_height
        pen.text((left + GAP, top + 1), text, fill="black")
        for column, frame in enumerate(np.linspace(0, len(clip) - 1, COLUMNS).round().astype(int)):
            sheet.paste(Image.fromarray(clip[frame]), (left + column * (width + GAP), top + CAPTION_HEIGHT))
    return sheet


def write_gif(clip: np.ndarray, path: Path, colors: int) -> int:
    """Writes a clip (frames, height, width, 3) uint8 with one palette for all frames; returns the bytes."""
    frames, height, width, _ = clip.shape
    palette = Image.fromarray(clip.reshape(frames * height, width, 3)).quantize(
        colors, method=Image.MEDIANCUT
    )
    pictures = [Image.fromarray(frame).quantize(palette=palette, dither=Image.NONE) for frame in clip]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=FRAME_MILLISECONDS, loop=0, optimize=True
    )
    return path.stat().st_size


def write_gifs(clips: Sequence[np.ndarray], names: Sequence[str], folder: Path) -> int:
    """All GIFs of a gallery, with as many colours as fit; returns their bytes together."""
    for colors in GIF_COLORS:
        total = sum(write_gif(clip, folder / f"{name}.gif", colors) for clip, name in zip(clips, names))
        if total <= GIF_BYTES:
            break
    return total


def generated_clip(engine: Engine, folder: Path, seed: int, prompt: str) -> np.ndarray:
    """The clip of a prompt, from the folder if it is there already."""
    path = folder / "clips" / f"{file_name(seed, prompt)}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, frames=engine.generate(prompt, seed))
    with np.load(path) as file:
        return file["frames"]


def run_engine(arguments: argparse.Namespace) -> None:
    prompts = read_prompts(arguments.prompts) if arguments.prompts else list(GALLERY)
    engine = Engine(arguments.engine, arguments.model, ["--steps", str(arguments.steps)])
    clips = [generated_clip(engine, arguments.output, seed, prompt) for seed, prompt in prompts]
    sheet = contact_sheet(clips, [prompt for _, prompt in prompts], arguments.rows_per_column)
    sheet.save(arguments.output / "sheet.png", optimize=True)
    total = write_gifs(clips, [file_name(seed, prompt) for seed, prompt in prompts], arguments.output)
    print(f"{arguments.output}: sheet.png and {len(clips)} GIFs of {total / 1e6:.2f} MB together")


def run_world(arguments: argparse.Namespace) -> None:
    rng = random.Random(arguments.seed)
    numbers, every_motion = np.random.default_rng(arguments.seed), np.eye(len(MOTIONS))
    scenes = np.concatenate(
        [sample_scenes(numbers, 1, motions=every_motion[row % len(MOTIONS)]) for row in range(arguments.rows)]
    )  # the motions in turn
    generator = torch.Generator().manual_seed(arguments.seed)
    clips, _ = World("cpu", arguments.art).render(scenes, generator=generator)
    frames = ((clips.permute(0, 1, 3, 4, 2) + 1) * 127.5).round().to(torch.uint8).numpy()
    sheet = contact_sheet(frames, [caption(rng, scene) for scene in scenes], arguments.rows_per_column)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(arguments.output)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    engine = commands.add_parser("engine")
    engine.set_defaults(run=run_engine)
    engine.add_argument("--engine", type=Path, default=DEFAULT_ENGINE)
    engine.add_argument("--model", type=Path, required=True)
    engine.add_argument("--prompts", type=Path)
    engine.add_argument("--steps", type=int, default=30)
    world = commands.add_parser("world")
    world.set_defaults(run=run_world)
    world.add_argument("--art", type=Path, default=DEFAULT_ATLAS)
    world.add_argument("--rows", type=int, default=14)
    world.add_argument("--seed", type=int, default=0)
    for command in (engine, world):
        command.add_argument("--output", type=Path, required=True)
        command.add_argument("--rows-per-column", type=int, default=0)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
