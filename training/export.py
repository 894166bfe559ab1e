"""Writes trained networks in the official layout, and packs folders for transfer in pieces.

    python3 training/export.py pack FOLDER OUT NAME    FOLDER -> OUT/NAME.tgz.00, .01, ... of at most 15 MiB
    python3 training/export.py unpack OUT NAME FOLDER  and back
"""

import argparse
import io
import tarfile
from pathlib import Path
from typing import List, Optional

from model_folder import TEXT_ENCODER, TRANSFORMER, VAE, copy_other_files, save_part
from models.video_vae import VideoVae
from text_to_video import TextToVideo

PIECE_BYTES = 15 * 2**20


def export_vae(vae: VideoVae, resumed_from: str, folder: Path) -> None:
    save_part(vae, VAE, resumed_from, folder)
    copy_other_files(resumed_from, folder)


def export_denoiser(model: TextToVideo, resumed_from: str, folder: Path) -> None:
    save_part(model.text_encoder, TEXT_ENCODER, resumed_from, folder)
    save_part(model.denoiser, TRANSFORMER, resumed_from, folder)
    copy_other_files(resumed_from, folder)


def pack(folder: Path, parts: Optional[List[str]], out: Path, name: str) -> List[Path]:
    """Packs `parts` of the folder (all if None). OUT/NAME.done comes last and says that the rest is whole."""
    out.mkdir(parents=True, exist_ok=True)
    done = out / f"{name}.done"
    for old in [done, *out.glob(f"{name}.tgz.*")]:
        old.unlink(missing_ok=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for part in parts if parts is not None else sorted(path.name for path in folder.iterdir()):
            archive.add(folder / part, arcname=part)
    content = packed.getvalue()
    pieces = []
    for number, first in enumerate(range(0, len(content), PIECE_BYTES)):
        piece = out / f"{name}.tgz.{number:02d}"
        piece.write_bytes(content[first : first + PIECE_BYTES])
        pieces.append(piece)
    done.write_text(f"{len(pieces)} pieces, {len(content)} bytes\n")
    return pieces


def unpack(out: Path, name: str, folder: Path) -> None:
    content = b"".join(piece.read_bytes() for piece in sorted(out.glob(f"{name}.tgz.*")))
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        archive.extractall(folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("folder", type=Path)
    packing.add_argument("out", type=Path)
    packing.add_argument("name")
    unpacking = commands.add_parser("unpack")
    unpacking.add_argument("out", type=Path)
    unpacking.add_argument("name")
    unpacking.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.command == "pack":
        pack(args.folder, None, args.out, args.name)
    else:
        unpack(args.out, args.name, args.folder)


if __name__ == "__main__":
    main()
