"""Likeness, motion and flicker of clips made for the purpose."""
import math
import unittest

import numpy as np

from clip_metrics import amount_of_motion, calm_pixels, flicker, psnr, ssim


def square_clip(speed: int, frames: int = 12) -> np.ndarray:
    """(frames, 32, 64, 3): a bright square on grey that moves `speed` pixels a frame."""
    clip = np.full((frames, 32, 64, 3), 90, np.uint8)
    for number in range(frames):
        left = 4 + speed * number
        clip[number, 10:20, left : left + 10] = (250, 200, 0)
    return clip


def noisy(clip: np.ndarray, amount: int, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-amount, amount + 1, clip.shape)
    return (clip + noise).clip(0, 255).astype(np.uint8)


def plain_ssim(first: np.ndarray, second: np.ndarray) -> float:
    """The formula of Wang et al. 2004 for two (height, width) planes, place by place."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for top in range(first.shape[0] - 10):
        for left in range(first.shape[1] - 10):
            x = first[top : top + 11, left : left + 11].astype(float)
            y = second[top : top + 11, left : left + 11].astype(float)
            mean_x, mean_y = (window * x).sum(), (window * y).sum()
            var_x, var_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
            covariance = (window * (x - mean_x) * (y - mean_y)).sum()
            values.append(
                (2 * mean_x * mean_y + 2.55**2)
                * (2 * covariance + 7.65**2)
                / ((mean_x**2 + mean_y**2 + 2.55**2) * (var_x + var_y + 7.65**2))
            )
    return float(np.mean(values))


class LikenessTest(unittest.TestCase):
    def test_equal_clips(self):
        clip = noisy(square_clip(3), 20)
        self.assertEqual(psnr(clip, clip), 100)
        self.assertAlmostEqual(ssim(clip, clip), 1, 9)

    def test_psnr_of_a_constant_shift(self):
        clip = square_clip(3).clip(0, 240)
        self.assertAlmostEqual(psnr(clip + 1, clip), 20 * math.log10(255), 5)
        self.assertAlmostEqual(psnr(clip, clip + 10), 20 * math.log10(25.5), 5)

    def test_ssim_of_plain_clips_compares_only_their_means(self):
        first, second = np.full((3, 16, 20, 3), 100, np.uint8), np.full((3, 16, 20, 3), 150, np.uint8)
        expected = (2 * 100 * 150 + 2.55**2) / (100**2 + 150**2 + 2.55**2)
        self.assertAlmostEqual(ssim(first, second), expected, 9)

    def test_ssim_is_the_published_formula(self):
        exact = noisy(square_clip(3, frames=3)[:, :16, :20], 30)
        clip = noisy(exact, 25, seed=1)
        expected = np.mean(
            [plain_ssim(clip[t, :, :, c], exact[t, :, :, c]) for t in range(3) for c in range(3)]
        )
        self.assertAlmostEqual(ssim(clip, exact), expected, 9)


class MotionTest(unittest.TestCase):
    def test_a_frozen_clip_has_no_motion(self):
        self.assertEqual(amount_of_motion(square_clip(0)), 0)

    def test_motion_is_the_change_in_four_frames(self):
        change = 10 * 8 * 2 * (160 + 110 + 90) / (32 * 64 * 3)  # 8 columns appear, 8 disappear
        self.assertAlmostEqual(amount_of_motion(square_clip(2)), change, 6)
        self.assertGreater(amount_of_motion(square_clip(2)), amount_of_motion(square_clip(1)))


class FlickerTest(unittest.TestCase):
    def test_calm_pixels_are_those_that_nothing_crosses(self):
        calm = calm_pixels(square_clip(3))
        self.assertFalse(calm[10:20, 4:46].any())
        self.assertTrue(calm[:10].all() and calm[20:].all() and calm[:, 47:].all())

    def test_a_small_change_is_calm_and_a_larger_one_is_not(self):
        clip = np.full((8, 2, 2, 3), 100, np.uint8)
        clip[3, 0, 0, 1] += 7
        clip[3, 1, 1, 2] += 8
        self.assertEqual(calm_pixels(clip).tolist(), [[True, True], [True, False]])

    def test_steady_clips_and_steady_changes_do_not_flicker(self):
        calm = calm_pixels(square_clip(3))
        self.assertEqual(flicker(square_clip(3), calm), 0)
        brighter = square_clip(3) // 2 + np.arange(12, dtype=np.uint8)[:, None, None, None]
        self.assertEqual(flicker(brighter, calm), 0)

    def test_what_goes_to_and_fro_flickers(self):
        clip = square_clip(3)
        clip[::2, 25:] += 2
        self.assertAlmostEqual(flicker(clip, np.ones((32, 64), bool) & (np.arange(32) >= 25)[:, None]), 4)

    def test_more_noise_is_more_flicker(self):
        exact = noisy(square_clip(3), 1)
        calm = calm_pixels(exact)
        self.assertGreater(flicker(noisy(square_clip(3), 3, seed=1), calm), 2 * flicker(exact, calm))

    def test_a_clip_without_calm_pixels_cannot_be_told(self):
        self.assertTrue(math.isnan(flicker(square_clip(3), np.zeros((32, 64), bool))))


if __name__ == "__main__":
    unittest.main()
