"""Plays odsora in tests: a square that moves, a little off its way after a leap, as PNGs and JSON events."""
import argparse
import json
import os
from pathlib import Path

from PIL import Image, ImageDraw

FRAMES = 12


def draw(path: Path, number: int, shift: int) -> None:
    picture = Image.new("RGB", (128, 128), (40, 80, 120))
    left = 8 + 6 * number + shift
    ImageDraw.Draw(picture).rectangle((left, 40, left + 20, 60), fill=(250, 200, 0))
    picture.save(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("-p", "--prompt")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--preset")
    parser.add_argument("--lpl", type=int, default=30)
    parser.add_argument("--fail", action="store_true")
    for name in ("--model", "--seed", "--progress", "--threads"):
        parser.add_argument(name, required=True)
    parser.add_argument("--no-cache", action="store_true")
    arguments = parser.parse_args()
    with open(os.environ["FAKE_ENGINE_LOG"], "a") as log:
        log.write(f"{arguments.lpl} {arguments.seed} {arguments.prompt}\n")
    if arguments.fail:
        print(json.dumps({"event": "error", "code": 4, "message": "the model is broken"}))
        raise SystemExit(4)
    for number in range(FRAMES):
        name = f"{arguments.output.stem}_{number + 1:04d}.png"
        draw(arguments.output.with_name(name), number, (30 - arguments.lpl) // 7)
    print(json.dumps({"event": "progress", "phase": "decoding", "step": FRAMES}))
    seconds = {
        "text": 0.5,
        "denoising": 0.1 * arguments.lpl,
        "decoding": 0.5,
        "total": 1 + 0.1 * arguments.lpl,
    }
    done = {"event": "done", "evaluations": arguments.lpl, "precision": "bf16", "seconds": seconds}
    print(json.dumps(done))


if __name__ == "__main__":
    main()
