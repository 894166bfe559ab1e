"""Fetches the emoji art and packs the sprites of our objects into one file: python3 -m world.art

The art is Fluent Emoji in the 3-D style by Microsoft, under the MIT licence, as the npm package
@lobehub/fluent-emoji-3d. It is downloaded with `npm pack` and never committed.
"""
import argparse
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from world.scenes import OBJECTS
from world.sprites import DEFAULT_ATLAS

PACKAGE = "@lobehub/fluent-emoji-3d@1.1.0"
SPRITE_SIZE = 128  # pixels of the atlas's squares
OPAQUE = 8  # of 255; fainter pixels do not count when a sprite is cropped


def fetch_package(folder: Path) -> Path:
    """Downloads the package's archive into the folder and returns its path."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def crop_to_square(image: Image.Image) -> Image.Image:
    """The visible part of an RGBA image, centred in the smallest square that holds it."""
    visible = image.getchannel("A").point(lambda alpha: 255 if alpha > OPAQUE else 0)
    content = image.crop(visible.getbbox())
    side = max(content.size)
    square = Image.new("RGBA", (side, side))
    square.paste(content, ((side - content.width) // 2, (side - content.height) // 2))
    return square


def make_sprite(image: Image.Image) -> np.ndarray:
    """RGBA image -> (SPRITE_SIZE, SPRITE_SIZE, 4) uint8 with colours multiplied by alpha."""
    pixels = np.asarray(crop_to_square(image), dtype=np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    resized = np.stack(
        [
            np.asarray(
                Image.fromarray(pixels[..., channel]).resize((SPRITE_SIZE, SPRITE_SIZE), Image.LANCZOS)
            )
            for channel in range(4)
        ],
        axis=-1,
    ).clip(0, 1)
    resized[..., :3] = np.minimum(resized[..., :3], resized[..., 3:])
    return (resized * 255 + 0.5).astype(np.uint8)


def build_atlas(archive: Path, atlas: Path) -> None:
    """Writes 'sprites' (objects, SPRITE_SIZE, SPRITE_SIZE, 4) uint8 and 'names' (objects,) to an npz file."""
    sprites = []
    with tarfile.open(archive) as package:
        for item in OBJECTS:
            picture = package.extractfile(f"package/assets/{item.code}.webp")
            sprites.append(make_sprite(Image.open(picture).convert("RGBA")))
    atlas.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(atlas, sprites=np.stack(sprites), names=np.array([item.name for item in OBJECTS]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DEFAULT_ATLAS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build_atlas(fetch_package(Path(folder)), arguments.output)
    print(f"{arguments.output}: {len(OBJECTS)} sprites, {arguments.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
