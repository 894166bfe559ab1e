"""Time: one clock for the run, and phases that end at a second of it, however far they have come."""

import math
import signal
import time
from typing import Callable, Dict, Optional, TypeVar

from log import Log

Result = TypeVar("Result")

# The second at which each phase ends in a stretch of 1440 seconds; other lengths scale all of them.
PHASE_ENDS = {
    "pool": 30,  # first clips rendered; the pool goes on growing while the VAE trains
    "spatial": 130,  # VAE: the spatial autoencoder alone, on single frames
    "latent": 160,  # VAE: the temporal autoencoder alone, on frame latents
    "joint": 700,  # VAE: the whole path
    "cache": 800,  # latents of all clips
    "denoiser": 1325,
    "decoder": 1405,  # VAE decoders only
    "end": 1440,  # export, pictures
}
REFERENCE_SECONDS = 1440


def phase_ends(total_seconds: float, changes: str = "") -> Dict[str, float]:
    """`changes`: as "joint=600,cache=690"; in seconds, not scaled. A phase no longer than 0 is left out."""
    ends = {name: second * total_seconds / REFERENCE_SECONDS for name, second in PHASE_ENDS.items()}
    for change in filter(None, changes.split(",")):
        name, second = change.split("=")
        if name not in ends:
            raise ValueError(f"no phase named {name}; there are {', '.join(ends)}")
        ends[name] = float(second)
    return ends


class Clock:
    """Seconds since `start` (a Unix time). SIGTERM ends all phases, so that the run saves what it has."""

    def __init__(self, start: Optional[float] = None) -> None:
        self.start = time.time() if not start else start
        self.stopped = False

    def stop_on_sigterm(self) -> None:
        def stop(*_: object) -> None:
            self.stopped = True

        signal.signal(signal.SIGTERM, stop)

    def now(self) -> float:
        return time.time() - self.start


class Phase:
    """Counts steps until `end` (a second of the clock) or, for tests, until `most_steps`."""

    def __init__(self, clock: Clock, end: float, most_steps: Optional[int] = None) -> None:
        self.clock, self.begin, self.end, self.most_steps = clock, clock.now(), end, most_steps
        self.step = 0

    def restart_clock(self) -> None:
        """Time until now, spent on compilation, does not count as progress."""
        self.begin = self.clock.now()

    def left(self) -> float:
        return self.end - self.clock.now()

    def seconds(self) -> float:
        return max(1e-6, self.clock.now() - self.begin)

    def progress(self) -> float:
        if self.most_steps is not None:
            return min(1.0, self.step / self.most_steps)
        return min(1.0, max(0.0, self.seconds() / max(1e-6, self.end - self.begin)))

    def running(self) -> bool:
        if self.clock.stopped:
            return False
        return self.step < self.most_steps if self.most_steps is not None else self.left() > 0


def rate_factor(phase: Phase, warm_up: int, flat: float = 0.0, floor: float = 0.0) -> float:
    """Linear warm-up over steps, flat until the share `flat` of the phase, then a half cosine to `floor`."""
    warm = min(1.0, (phase.step + 1) / max(1, warm_up))
    late = max(0.0, (phase.progress() - flat) / (1 - flat))
    return warm * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * late)))


class OutOfTime(Exception):
    pass


def attempt(what: str, seconds: float, action: Callable[[], Result], log: Log) -> Optional[Result]:
    """Runs an optional action; None if it fails or takes longer than `seconds`. Main thread only."""

    def interrupt(*_: object) -> None:
        raise OutOfTime(f"{what}: over {seconds:.0f} s")

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, max(0.1, seconds))
    try:
        return action()
    except Exception as error:  # whatever it is, the run goes on without
        signal.setitimer(signal.ITIMER_REAL, 0)
        log.error(what, error)
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
