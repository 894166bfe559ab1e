"""Settings, pairing, resuming and tables of compare.py, with a script that plays odsora."""
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch

import compare
from clip_folder import clip_file, load_clip
from comparison_scores import NEAR_SECONDS, change_in_right, made_together, speed_up
from comparison_settings import EXACT, read_settings
from comparison_table import UNKNOWN, signed, times_faster
from engine_clips import Engine, EngineError
from evaluation_prompts import make_prompts
from judge_network import Judge

FAKE_ENGINE = Path(__file__).resolve().parent / "fake_engine.py"
COUNTS = {"seen": 1, "unseen_motion": 1, "unseen_background": 1}
SETTINGS = [
    {"name": "exact", "options": ["--preset", "exact"]},
    {"name": "lpl-16", "options": ["--lpl", "16"], "table": "Leaps"},
    {"name": "lpl-2", "options": ["--lpl", "2"], "table": "Long leaps"},
]


class CompareTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.log = self.folder / "log.txt"
        self.engine = self.folder / "engine"
        self.engine.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_ENGINE}" "$@"\n')
        self.engine.chmod(0o755)
        (self.folder / "model" / "vae").mkdir(parents=True)
        (self.folder / "model" / "vae" / "weights.safetensors").write_bytes(b"weights")
        (self.folder / "settings.json").write_text(json.dumps(SETTINGS))
        torch.manual_seed(0)
        Judge().save(self.folder / "judge.npz")
        threads = torch.get_num_threads()
        self.addCleanup(torch.set_num_threads, threads)

    def run_compare(self, *more: str) -> str:
        """Standard output of compare.py with three prompts, a process at a time."""
        arguments = ["compare.py", "--engine", str(self.engine), "--model", str(self.folder / "model")]
        arguments += ["--judge", str(self.folder / "judge.npz"), "--output", str(self.folder / "out")]
        arguments += ["--settings", str(self.folder / "settings.json"), "--threads", "1"]
        for group, count in COUNTS.items():
            arguments += [f"--{group.replace('_', '-')}", str(count)]
        output = io.StringIO()
        with mock.patch.object(sys, "argv", arguments + list(more)), contextlib.redirect_stdout(output):
            with mock.patch.dict(os.environ, {"FAKE_ENGINE_LOG": str(self.log)}):
                compare.main()
        return output.getvalue()

    def assert_refused(self, sentence: str, *more: str) -> None:
        with self.assertRaisesRegex(SystemExit, sentence):
            self.run_compare(*more)

    def calls(self):
        """The leap, seed and prompt of each run of the engine so far."""
        return [line.split(maxsplit=2) for line in self.log.read_text().splitlines()]

    def test_clips_are_paired_by_prompt_and_seed_and_measured(self):
        text = self.run_compare()
        prompts = make_prompts(COUNTS, 20260)
        expected = [
            [leap, str(entry["seed"]), entry["prompt"]] for entry in prompts for leap in ("30", "16", "2")
        ]
        self.assertEqual(self.calls(), expected)
        scores = json.loads((self.folder / "out" / "scores.json").read_text())
        found = scores["settings"]["lpl-16"]
        self.assertEqual(found["evaluations"], 16)
        self.assertAlmostEqual(found["speed_up"]["denoising"]["median"], 30 / 16)
        self.assertEqual(found["speed_up"]["total"]["pairs"], 3)
        self.assertAlmostEqual(found["motion"]["ratio"], 1)
        self.assertIsNone(found["flicker"])  # nothing flickers in the exact clips
        self.assertLess(scores["settings"]["lpl-2"]["psnr"]["mean"], found["psnr"]["mean"])
        self.assertEqual(
            (self.folder / "out" / "table.md").read_text(), text[text.index("3 prompts with") : -1]
        )
        self.assertIn("**Leaps**", text)
        self.assertIn("| lpl-2 | 2.0 | 15.00 (15.00 to 15.00) |", text)

    def test_only_what_is_missing_is_made(self):
        self.run_compare("--only", "lpl-16")
        self.assertEqual(len(self.calls()), 6)
        self.run_compare("--only", "lpl-16")
        self.assertEqual(len(self.calls()), 6)
        entry = make_prompts(COUNTS, 20260)[1]
        clip_file(self.folder / "out" / "lpl-16", entry).unlink()
        text = self.run_compare("--jobs", "2")  # the setting that was left out before, and the lost clip
        self.assertEqual([leap for leap, _, _ in self.calls()[6:]].count("2"), 3)
        self.assertEqual(len(self.calls()), 10)
        self.assertIn(f"| lpl-2 | 2.0 | {UNKNOWN} |", text)  # other jobs than the exact run's

    def test_exact_clips_are_kept_without_loss(self):
        self.run_compare("--only", EXACT)
        entry = make_prompts(COUNTS, 20260)[0]
        with mock.patch.dict(os.environ, {"FAKE_ENGINE_LOG": str(self.log)}):
            options = ["--threads", "1"]
            engine = Engine(self.engine, self.folder / "model", options)
            expected = engine.generate(entry["prompt"], entry["seed"])
        self.assertTrue(np.array_equal(compare.exact_clip(self.folder / "out", entry), expected))
        record = load_clip(self.folder / "out" / EXACT, entry)
        self.assertEqual((record["verdict"].shape, record["logits"].shape), ((3,), (64 + 14 + 26,)))

    def test_a_folder_of_other_settings_is_refused(self):
        self.run_compare("--only", "lpl-16")
        self.assert_refused("holds clips of other settings", "--prompt-seed", "1")
        changed = json.dumps(SETTINGS).replace('"16"', '"15"')
        (self.folder / "settings.json").write_text(changed)
        self.assert_refused("lpl-16 holds clips of other settings")
        (self.folder / "settings.json").write_text(json.dumps(SETTINGS))
        (self.folder / "model" / "vae" / "weights.safetensors").write_bytes(b"others")
        self.assert_refused("holds clips of other settings")

    def test_errors_are_a_sentence(self):
        self.assert_refused("it has no setting lpl-99", "--only", "lpl-99")
        self.assert_refused("is no program that can be run", "--engine", str(self.folder / "missing"))
        self.assert_refused("no weights", "--model", str(self.folder))
        self.assert_refused("missing.npz", "--judge", str(self.folder / "missing.npz"))
        broken = SETTINGS + [{"name": "broken", "options": ["--fail"], "table": "Leaps"}]
        (self.folder / "settings.json").write_text(json.dumps(broken))
        self.assert_refused("odsora failed on .*: the model is broken")

    def test_timing_makes_all_clips_afresh_and_keeps_only_seconds(self):
        self.run_compare("--only", "lpl-16")
        before = len(self.calls())
        text = self.run_compare("--only", "lpl-16", "--timing", "2")
        self.assertEqual(len(self.calls()) - before, 2 + 2 * 2)  # once to warm up
        kept = json.loads((self.folder / "out" / "timing" / "seconds.json").read_text())
        self.assertEqual(kept["settings"]["lpl-16"]["seconds"]["denoising"], [1.6, 1.6])
        self.assertIn("| lpl-16 | 0.500 | 1.600 | 0.500 | 2.600 | 1.00 (1.00 to 1.00) | 1.88", text)


class SettingsFileTest(unittest.TestCase):
    def read(self, entries):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "settings.json").write_text(json.dumps(entries))
            return read_settings(Path(folder) / "settings.json")

    def test_the_shipped_file(self):
        settings = read_settings(compare.DEFAULT_SETTINGS)
        self.assertEqual((settings[0].name, settings[0].options), (EXACT, ["--preset", "exact"]))

    def test_what_is_refused(self):
        exact, other = SETTINGS[:2]
        for entries, sentence in (
            ({}, "no list of settings"),
            ([other], "first setting must be exact"),
            ([exact, other, other], "same name"),
            ([{"name": "exact", "options": ["--steps", "9"]}], "first setting must be exact"),
            ([exact, {**other, "name": "../lpl"}], "is no name"),
            ([exact, {**other, "name": "timing"}], "is no name"),
            ([exact, {**other, "options": "--lpl 16"}], "no list of strings"),
            ([exact, {"name": "lpl", "options": []}], "needs a table's title"),
            ([exact, {**other, "step": 3}], "more than name"),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(ValueError, sentence):
                self.read(entries)


class ScoresTest(unittest.TestCase):
    def test_verdicts_that_turn_are_counted_both_ways(self):
        exact = np.array([True] * 8 + [False] * 2)
        right = exact.copy()
        right[[0, 1, 9]] = [False, False, True]
        found = change_in_right(right, exact)
        self.assertEqual((found["right_to_wrong"], found["wrong_to_right"]), (2, 1))
        self.assertAlmostEqual(found["points"], -10)
        self.assertAlmostEqual(found["percent"], 70)

    def test_times_are_compared_only_of_runs_made_together(self):
        columns = {"began": np.zeros(4), "jobs": np.ones(4), "threads": np.ones(4)}
        found = {name: values.copy() for name, values in columns.items()}
        found["began"][1], found["jobs"][2], found["threads"][3] = NEAR_SECONDS + 1, 2, 2
        self.assertEqual(made_together(found, columns).tolist(), [True, False, False, False])
        self.assertEqual(times_faster(speed_up(np.array([]), np.array([]))), UNKNOWN)

    def test_numbers_show_their_sign(self):
        self.assertEqual([signed(value, 1) for value in (0.26, -0.26, -0.04)], ["+0.3", "−0.3", "0.0"])


class EngineTest(unittest.TestCase):
    def test_a_file_that_cannot_be_run_is_refused(self):
        with tempfile.NamedTemporaryFile() as file:
            with self.assertRaisesRegex(EngineError, "is no program that can be run"):
                Engine(Path(file.name), Path("model")).generate("a cat", 1)


if __name__ == "__main__":
    unittest.main()
