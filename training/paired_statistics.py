"""Intervals for measurements that come in pairs. All are of 95 % unless said otherwise."""
import math
from typing import Callable, Tuple

import numpy as np

NORMAL_95 = 1.959964  # a normal variable is within this many deviations of its mean 95 % of the time
BISECTIONS = 60

Interval = Tuple[float, float]


def bisect(inside: float, outside: float, refused: Callable[[float], bool]) -> float:
    """The place between an accepted and a refused value where acceptance ends."""
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        if refused(middle):
            outside = middle
        else:
            inside = middle
    return inside


def tango_interval(gained: int, lost: int, pairs: int, deviations: float = NORMAL_95) -> Interval:
    """Tango's score interval for the difference of two paired proportions, (gained - lost) / pairs.

    gained, lost: the pairs in which only the second of the two is right, and only the first.
    It holds all differences that the score test does not refuse, and so stays sound with few discordant pairs
    or none. T. Tango, Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design, Statistics in Medicine 17 (1998) 891-908.
    """

    def refused(difference: float) -> bool:
        linear = (2 * pairs - gained + lost) * difference - gained - lost
        constant = -lost * difference * (1 - difference)
        likeliest_lost = (math.sqrt(linear**2 - 8 * pairs * constant) - linear) / (4 * pairs)
        variance = pairs * (2 * likeliest_lost + difference * (1 - difference))
        return (gained - lost - pairs * difference) ** 2 > deviations**2 * variance

    estimate = (gained - lost) / pairs
    return bisect(estimate, -1.0, refused), bisect(estimate, 1.0, refused)


def mean_interval(values: np.ndarray) -> Interval:
    """For the mean of what the values, two or more, are a sample of, by its standard error."""
    error = values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean() - NORMAL_95 * error), float(values.mean() + NORMAL_95 * error)


def ratio_of_means(values: np.ndarray, exact: np.ndarray) -> Tuple[float, Interval]:
    """The mean of `values` by the mean of `exact`, which are paired, and its interval.

    Its error is that of the ratio made linear (the delta method): of values - ratio * exact.
    """
    ratio = float(values.mean() / exact.mean())
    low, high = mean_interval((values - ratio * exact) / exact.mean())
    return ratio, (ratio + low, ratio + high)


def quartiles(values: np.ndarray) -> Tuple[float, float, float]:
    """A quarter, half and three quarters of the values are at most this."""
    low, median, high = (float(value) for value in np.percentile(values, (25, 50, 75)))
    return low, median, high
