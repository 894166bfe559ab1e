"""The world keeps its promises. Rendering is skipped without the art (python3 -m world.art)."""
import random
import re
import unittest

import numpy as np
import torch

from world.captions import TEST_SENTENCES, TRAINING_SENTENCES, caption
from world.render import World
from world.scenes import BACKGROUNDS, HELD_OUT_BACKGROUNDS, HELD_OUT_MOTIONS, MOTIONS, OBJECTS, sample_scenes
from world.sprites import DEFAULT_ATLAS


class ScenesTest(unittest.TestCase):
    def test_lists_are_complete_and_names_are_unique(self):
        self.assertEqual((len(OBJECTS), len(MOTIONS), len(BACKGROUNDS)), (64, 14, 26))
        names = [name for item in OBJECTS for name in item.names]
        self.assertEqual(len(names), len(set(names)))

    def test_training_never_sees_a_held_out_pair(self):
        for split in ("train", "seen"):
            scenes = sample_scenes(np.random.default_rng(1), 50000, split)
            self.assertFalse(HELD_OUT_MOTIONS[scenes[:, 0], scenes[:, 1]].any())
            self.assertFalse(HELD_OUT_BACKGROUNDS[scenes[:, 0], scenes[:, 2]].any())

    def test_unseen_splits_hold_exactly_one_held_out_pair(self):
        for split, unseen_motion in (("unseen_motion", True), ("unseen_background", False)):
            scenes = sample_scenes(np.random.default_rng(2), 2000, split)
            self.assertTrue((HELD_OUT_MOTIONS[scenes[:, 0], scenes[:, 1]] == unseen_motion).all())
            self.assertTrue((HELD_OUT_BACKGROUNDS[scenes[:, 0], scenes[:, 2]] != unseen_motion).all())

    def test_a_tenth_is_held_out_and_no_object_or_motion_loses_much(self):
        self.assertAlmostEqual(HELD_OUT_MOTIONS.mean(), 0.1, delta=0.02)
        self.assertAlmostEqual(HELD_OUT_BACKGROUNDS.mean(), 0.1, delta=0.02)
        self.assertLess(HELD_OUT_MOTIONS.mean(1).max(), 0.5)
        self.assertLess(HELD_OUT_BACKGROUNDS.mean(1).max(), 0.5)

    def test_held_out_pairs_stay_the_same(self):
        self.assertEqual((int(HELD_OUT_MOTIONS.sum()), int(HELD_OUT_BACKGROUNDS.sum())), (95, 164))

    def test_motion_weights_are_followed(self):
        weights = [0.0] * len(MOTIONS)
        weights[6] = 2.0
        self.assertTrue((sample_scenes(np.random.default_rng(3), 100, motions=weights)[:, 1] == 6).all())

    def test_the_same_generator_gives_the_same_scenes(self):
        first, second = (sample_scenes(np.random.default_rng(4), 100) for _ in range(2))
        self.assertTrue((first == second).all())


class CaptionsTest(unittest.TestCase):
    def test_captions_are_what_the_engine_hands_to_its_tokenizer(self):
        rng = random.Random(5)
        for held_back in (False, True):
            for scene in sample_scenes(np.random.default_rng(5), 5000):
                text = caption(rng, scene, held_back)
                self.assertRegex(text, r"^[a-z]+([,.]? [a-z]+)*\.?$")
                self.assertLess(len(text), 120)

    def test_test_sentences_are_not_training_sentences(self):
        def spoken(sentences):
            return {re.sub(r"[^a-z{}_ ]", "", text) for text, _ in sentences}

        self.assertFalse(spoken(TRAINING_SENTENCES) & spoken(TEST_SENTENCES))


@unittest.skipUnless(DEFAULT_ATLAS.exists(), "no art: run python3 -m world.art")
class RenderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.world = World("cpu", DEFAULT_ATLAS)

    def render(self, scenes, seed=6, **sizes):
        return self.world.render(scenes, generator=torch.Generator().manual_seed(seed), **sizes)

    def test_shapes_and_ranges_at_all_sizes(self):
        scenes = np.array(
            [[index, index % len(MOTIONS), index, index % 2] for index in range(len(BACKGROUNDS))]
        )
        for frames, height, width in ((1, 128, 128), (2, 96, 160), (2, 160, 96), (17, 64, 64)):
            clips, mask = self.render(scenes, frames=frames, height=height, width=width)
            self.assertEqual(tuple(clips.shape), (len(scenes), frames, 3, height, width))
            self.assertEqual(tuple(mask.shape), (len(scenes), frames, height // 4, width // 4))
            self.assertTrue(torch.isfinite(clips).all())
            self.assertTrue(-1 <= clips.min() and clips.max() <= 1)
            self.assertTrue(0 <= mask.min() and mask.max() <= 1)

    def test_the_same_generator_gives_the_same_clips(self):
        scenes = sample_scenes(np.random.default_rng(7), 6)
        first, second = (self.render(scenes, frames=4)[0] for _ in range(2))
        self.assertTrue(torch.equal(first, second))
        self.assertFalse(torch.equal(first, self.render(scenes, seed=8, frames=4)[0]))

    def test_each_motion_moves_as_its_name_says(self):
        plain = BACKGROUNDS.index("plain_white")
        scenes = np.array([[0, motion, plain, 0] for motion in range(len(MOTIONS))])
        _, mask = self.render(scenes)
        x, y = torch.arange(32.0), torch.arange(32.0)[:, None]
        mass = mask.sum((2, 3)).clamp(min=1e-3)
        middle_x, middle_y = (mask * x).sum((2, 3)) / mass, (mask * y).sum((2, 3)) / mass
        moved = {
            name: (
                middle_x[index, -1] - middle_x[index, 0],
                middle_y[index, -1] - middle_y[index, 0],
                mass[index, -1] / mass[index, 0],
            )
            for index, name in enumerate(MOTIONS)
        }
        self.assertGreater(moved["right"][0], 8)
        self.assertLess(moved["left"][0], -8)
        self.assertLess(moved["up"][1], -8)
        self.assertGreater(moved["down"][1], 8)
        self.assertGreater(moved["grow"][2], 3)
        self.assertLess(moved["shrink"][2], 0.34)
        self.assertGreater(moved["fade"][2], 100)
        self.assertTrue(torch.equal(mask[0, 0], mask[0, -1]))


if __name__ == "__main__":
    unittest.main()
