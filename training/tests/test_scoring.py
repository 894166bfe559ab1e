"""Prompts, the judge's file, scores and sheets, without odsora and without the art."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from evaluate import score, share, table
from evaluation_prompts import GROUPS, make_prompts
from judge_network import FRAMES_SEEN, Judge, picked_frames
from sheet import contact_sheet, write_gif
from world.scenes import HELD_OUT_MOTIONS

COUNTS = {group: 12 for group in GROUPS}


class ScoringTest(unittest.TestCase):
    def test_prompts_are_the_same_each_time_and_keep_to_their_group(self):
        prompts = make_prompts(COUNTS, 1)
        self.assertEqual(prompts, make_prompts(COUNTS, 1))
        self.assertEqual(len({entry["seed"] for entry in prompts}), 36)
        for entry in prompts:
            held_out = bool(HELD_OUT_MOTIONS[entry["scene"][0], entry["scene"][1]])
            self.assertEqual(held_out, entry["group"] == "unseen_motion")

    def test_right_and_wrong_verdicts_are_counted(self):
        prompts = make_prompts(COUNTS, 2)
        verdicts = np.array([entry["scene"][:3] for entry in prompts])
        scores = score(prompts, verdicts)
        self.assertEqual(scores["groups"]["all"]["all three"]["percent"], 100)
        verdicts[0, 1] = (verdicts[0, 1] + 1) % 14
        scores = score(prompts, verdicts)
        self.assertEqual(scores["groups"]["all"]["motion"]["percent"], round(100 * 35 / 36, 1))
        self.assertEqual(scores["groups"]["all"]["object"]["percent"], 100)
        self.assertEqual(scores["confusions"]["motion"][0]["count"], 1)
        self.assertIn("| all | 36 |", table(scores))

    def test_standard_error_of_a_share(self):
        self.assertEqual(
            share(np.array([True, False] * 50)), {"percent": 50.0, "standard_error": 5.0, "count": 100}
        )


class JudgeTest(unittest.TestCase):
    def test_it_sees_the_first_and_the_last_frame_of_any_clip(self):
        for frames in (12, 17, 34, 68):
            seen = picked_frames(frames)
            self.assertEqual((len(seen), seen[0], seen[-1]), (FRAMES_SEEN, 0, frames - 1))
            self.assertEqual(len(set(seen.tolist())), FRAMES_SEEN)

    def test_it_is_small_and_judges_the_same_after_saving(self):
        torch.manual_seed(3)
        judge = Judge().eval()
        self.assertLess(sum(parameter.numel() for parameter in judge.parameters()), 2_000_000)
        clips = torch.rand(2, FRAMES_SEEN, 3, 128, 128) * 2 - 1
        with tempfile.TemporaryDirectory() as folder:
            judge.save(Path(folder) / "judge.npz")
            loaded = Judge.load(Path(folder) / "judge.npz")
        for first, second in zip(judge(clips), loaded(clips)):
            self.assertTrue(torch.allclose(first, second, atol=0.02))


class SheetTest(unittest.TestCase):
    def test_rows_are_prompts_and_columns_are_frames(self):
        clips = [np.full((34, 16, 24, 3), value, np.uint8) for value in (0, 100, 200)]
        self.assertEqual(contact_sheet(clips, ["a", "b", "c"]).size, (7 * 26 + 8, 3 * 32))
        self.assertEqual(contact_sheet(clips, ["a", "b", "c"], 2).size, (2 * (7 * 26 + 8), 2 * 32))

    def test_a_gif_has_all_frames(self):
        from PIL import Image

        clip = np.random.default_rng(4).integers(0, 255, (5, 16, 16, 3), dtype=np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            self.assertGreater(write_gif(clip, Path(folder) / "clip.gif", 32), 100)
            with Image.open(Path(folder) / "clip.gif") as gif:
                self.assertEqual(gif.n_frames, 5)


if __name__ == "__main__":
    unittest.main()
