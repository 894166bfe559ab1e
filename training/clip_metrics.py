"""How near one clip is to another, how much moves in it, and how much it flickers.

Clips are (frames, height, width, 3) uint8. All measures are of pixel values from 0 to 255.
"""
import math
from typing import List

import numpy as np
import torch
from torch import Tensor

HIGHEST_PSNR = 100.0  # dB, what equal clips count as; one step in one value of a clip would be 110
SSIM_WINDOW = 11  # pixels
SSIM_DEVIATION = 1.5  # pixels, of the Gaussian window
SSIM_FRAMES = 2  # at once: few enough to stay in the cache
MOTION_FRAMES = 4  # half a second at 8 frames a second
CALM_RANGE = 8  # values that a calm pixel stays within


def psnr(clip: np.ndarray, exact: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, of the mean squared error over the whole clip."""
    error = float(np.square(clip.astype(np.float32) - exact).mean(dtype=np.float64))
    return min(HIGHEST_PSNR, 10 * math.log10(255**2 / error)) if error else HIGHEST_PSNR


def gaussian_window() -> List[float]:
    """The weights of SSIM's window along one axis."""
    offsets = range(-(SSIM_WINDOW // 2), SSIM_WINDOW // 2 + 1)
    weights = [math.exp(-((offset / SSIM_DEVIATION) ** 2) / 2) for offset in offsets]
    return [weight / sum(weights) for weight in weights]


def gaussian_means(planes: Tensor) -> Tensor:
    """(count, height, width) -> (count, height - 10, width - 10), means under SSIM's window.

    Sums of shifted planes: on a CPU many times as fast as a convolution of planes with a single channel.
    """
    for axis in (2, 1):
        places = planes.shape[axis] - SSIM_WINDOW + 1
        means = torch.zeros_like(planes.narrow(axis, 0, places))
        for shift, weight in enumerate(gaussian_window()):
            means.add_(planes.narrow(axis, shift, places), alpha=weight)
        planes = means
    return planes


def ssim_map(first: Tensor, second: Tensor) -> Tensor:
    """Structural similarity of planes (count, height, width), at each place that the window fits into.

    Wang et al. 2004: Gaussian window of 11x11 pixels and deviation 1.5, K1 = 0.01, K2 = 0.03, values to 255.
    """
    small_mean, small_variance = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    means = gaussian_means(torch.cat([first, second, first * first, second * second, first * second]))
    mean_1, mean_2, square_1, square_2, product = means.chunk(5)
    variance_1, variance_2 = square_1 - mean_1**2, square_2 - mean_2**2
    covariance = product - mean_1 * mean_2
    luminance = (2 * mean_1 * mean_2 + small_mean) / (mean_1**2 + mean_2**2 + small_mean)
    return luminance * (2 * covariance + small_variance) / (variance_1 + variance_2 + small_variance)


def ssim(clip: np.ndarray, exact: np.ndarray) -> float:
    """Structural similarity: the mean over frames, colour channels and places. 1 is equal."""
    height, width = clip.shape[1:3]
    total = 0.0
    for start in range(0, len(clip), SSIM_FRAMES):
        first, second = (
            torch.from_numpy(np.ascontiguousarray(part[start : start + SSIM_FRAMES].transpose(0, 3, 1, 2)))
            .double()
            .view(-1, height, width)
            for part in (clip, exact)
        )
        total += float(ssim_map(first, second).mean()) * len(clip[start : start + SSIM_FRAMES])
    return total / len(clip)


def amount_of_motion(clip: np.ndarray) -> float:
    """Mean of |f(t + 4) - f(t)|, half a second apart: a clip that has frozen has none."""
    values = clip.astype(np.int16)
    return float(np.abs(values[MOTION_FRAMES:] - values[:-MOTION_FRAMES]).mean())


def calm_pixels(exact: np.ndarray) -> np.ndarray:
    """(height, width) bool: where no channel of the exact clip ever leaves a range of less than 8 values."""
    return (np.ptp(exact.astype(np.int16), axis=0) < CALM_RANGE).all(-1)


def flicker(clip: np.ndarray, calm: np.ndarray) -> float:
    """Mean of |f(t - 1) - 2 f(t) + f(t + 1)| over the calm pixels (height, width); nan if there are none.

    The second difference lets a steady change pass, such as a background that drifts or gets brighter, and
    shows what goes to and fro from frame to frame.
    """
    if not calm.any():
        return math.nan
    values = clip[:, calm].astype(np.int16)  # (frames, calm pixels, 3)
    return float(np.abs(values[:-2] - 2 * values[1:-1] + values[2:]).mean())
