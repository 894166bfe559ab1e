#!/usr/bin/env python3
"""Times the operations and blocks of Open-Sora v1.2 in PyTorch: a peer for `odsora bench`.

    odsora bench --peer bench/peers/pytorch_peer.py
    printf 'stdit3.qkv@2x20x144\n' | python3 bench/peers/pytorch_peer.py --threads 2

It needs PyTorch 1.13 or newer and no weights: they are drawn at random, which does not change the
time. It runs on the CPU alone.

Protocol: on standard output one JSON object a line and nothing else. First comes

    {"peer": "PyTorch 1.13.1", "threads": 2, "precision": "bf16"}

Then each line of standard input is the name of a case and gets one line in answer. A new name
builds the case (and frees the one before), runs it once untimed and once timed; the same name again
runs it once more, timed.

    {"case": "stdit3.qkv@2x20x144", "known": true, "seconds": 0.0123}
    {"case": "stdit3.qkv@two", "known": false}

It ends with its input. While it waits it uses no CPU time, so the two programs can take turns.

Cases are named <model>.<operation>@<sizes>. transformer_blocks_pytorch.py and vae_pytorch.py list
and explain them; matrix@MxKxN is the plain product of (M, K) and (K, N).

In bf16 weights and activations are bf16; products add up in f32 inside PyTorch. In f32 PyTorch
takes matrix products from its BLAS: Debian's from the system's, and with the reference BLAS, which
has one thread, they are far slower than with the package libopenblas0.
"""

import argparse
import ctypes
import json
import os
import re
import sys
import time
from typing import Any, Callable, Dict, List, NoReturn, Optional

sys.dont_write_bytecode = True  # leaves no files in the checkout
# Threads that wait must sleep; OpenMP reads this when PyTorch is loaded.
os.environ["OMP_WAIT_POLICY"] = "passive"
try:
    import torch
except ModuleNotFoundError as missing:
    if missing.name != "torch":
        raise
    sys.exit("pytorch_peer.py: PyTorch is missing; install the package python3-torch.")

import transformer_blocks_pytorch
import vae_pytorch

Run = Callable[[], Any]  # what is timed
Build = Callable[..., Run]  # takes the sizes of a case


def matrix(rows: int, inner: int, columns: int) -> Run:
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    return lambda: left @ right


CASES: Dict[str, Build] = {
    **transformer_blocks_pytorch.CASES,
    **vae_pytorch.CASES,
    "matrix@MxKxN": matrix,
}


def sizes_of(name: str, form: str) -> Optional[List[int]]:
    """What a name has in place of the capital letters of a form; None if it does not fit."""
    operation, sizes = form.split("@")
    pattern = re.sub("[A-Z]", r"([1-9][0-9]{0,7})", re.escape(sizes))
    match = re.fullmatch(re.escape(operation) + "@" + pattern, name)
    return None if match is None else [int(size) for size in match.groups()]


def build(name: str) -> Optional[Run]:
    """The case of that name with weights and inputs drawn; None if there is none."""
    for form, build_case in CASES.items():
        sizes = sizes_of(name, form)
        if sizes is not None:
            torch.manual_seed(0)
            try:
                return build_case(*sizes)
            except vae_pytorch.UnfitSizes:
                return None
    return None


def keep_freed_memory() -> None:
    """Makes tensors reuse memory, as the allocators advised for PyTorch do. By default glibc gives
    that of large ones back to the system, and fresh pages cost more than many an operation."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        m_trim_threshold, m_mmap_max = -1, -4  # of glibc's malloc.h
        libc.mallopt(m_trim_threshold, -1)
        libc.mallopt(m_mmap_max, 0)


def give_back_freed_memory() -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def seconds_of(run: Run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def say(message: Dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def serve() -> None:
    """Answers the case names on standard input until it ends."""
    current, run = None, None
    for line in sys.stdin:
        name = line.strip()
        if name != current:
            current, run = name, None  # frees the case before, so that two are never held
            give_back_freed_memory()
            run = build(name)
            if run is not None:
                run()
        if run is None:
            say({"case": name, "known": False})
        else:
            say({"case": name, "known": True, "seconds": round(seconds_of(run), 9)})


class Options(argparse.ArgumentParser):
    """Says in one sentence what is wrong with an option."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}.\n")


def thread_count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 9999, found '{text}'")
    return int(text)


def read_options() -> argparse.Namespace:
    about = "Times operations of Open-Sora v1.2 in PyTorch, for odsora bench."
    options = Options(description=about, allow_abbrev=False)
    cores = len(os.sched_getaffinity(0))
    options.add_argument("--threads", type=thread_count, default=cores, help="default: all cores")
    options.add_argument("--precision", choices=["bf16", "f32"], default="bf16")
    return options.parse_args()


def version() -> str:
    """Of PyTorch, without the build after the plus sign."""
    return torch.__version__.split("+")[0]


def main() -> None:
    options = read_options()
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    # What the cases make without naming a type has this one.
    torch.set_default_dtype(torch.bfloat16 if options.precision == "bf16" else torch.float32)
    peer = "PyTorch " + version()
    say({"peer": peer, "threads": options.threads, "precision": options.precision})
    with torch.inference_mode():
        serve()


if __name__ == "__main__":
    main()
