"""Intervals against published values and plain formulas."""
import math
import unittest

import numpy as np

from paired_statistics import mean_interval, quartiles, ratio_of_means, tango_interval


class TangoTest(unittest.TestCase):
    def assert_interval(self, found, expected, places):
        self.assertEqual(tuple(round(bound, places) for bound in found), expected)

    def test_published_values(self):
        # Airway hyper-responsiveness before and after a transplantation: Fagerland, Lydersen and Laake,
        # Statistics in Medicine 33 (2014) 2850-2875, table of paired examples.
        self.assert_interval(tango_interval(1, 7, 21), (-0.517, -0.026), 3)
        # scoreci.mp(25, 28, 618, 0.90) of the R package PropCIs.
        self.assert_interval(tango_interval(28, 25, 618, deviations=1.644854), (-0.0148, 0.0247), 4)

    def test_no_discordant_pair_still_leaves_doubt(self):
        bound = 1.959964**2 / (1000 + 1.959964**2)  # the score test solved for gained = lost = 0
        self.assert_interval(tango_interval(0, 0, 1000), (round(-bound, 6), round(bound, 6)), 6)
        self.assertAlmostEqual(100 * bound, 0.38, 2)

    def test_both_directions_are_alike(self):
        for gained, lost, pairs in ((3, 0, 40), (7, 2, 50), (12, 5, 17)):
            low, high = tango_interval(gained, lost, pairs)
            self.assert_interval(tango_interval(lost, gained, pairs), (round(-high, 9), round(-low, 9)), 9)

    def test_it_holds_the_estimate_and_stays_within_one(self):
        for pairs in (1, 5, 30):
            for gained in range(pairs + 1):
                for lost in range(pairs + 1 - gained):
                    low, high = tango_interval(gained, lost, pairs)
                    self.assertLessEqual(-1, low)
                    self.assertLessEqual(low, (gained - lost) / pairs)
                    self.assertLessEqual((gained - lost) / pairs, high)
                    self.assertLessEqual(high, 1)
                    self.assertGreater(high - low, 0.01)

    def test_many_pairs_make_it_the_plain_interval(self):
        gained, lost, pairs = 3000, 2000, 100_000
        difference = (gained - lost) / pairs
        error = math.sqrt((gained + lost) / pairs - difference**2) / math.sqrt(pairs)
        low, high = tango_interval(gained, lost, pairs)
        self.assertAlmostEqual(low, difference - 1.959964 * error, 5)
        self.assertAlmostEqual(high, difference + 1.959964 * error, 5)


class OtherIntervalsTest(unittest.TestCase):
    def test_mean(self):
        low, high = mean_interval(np.array([1.0, 2.0, 3.0, 4.0]))
        error = 1.959964 * math.sqrt(5 / 3) / 2
        self.assertAlmostEqual(low, 2.5 - error)
        self.assertAlmostEqual(high, 2.5 + error)

    def test_a_ratio_that_is_the_same_for_all_pairs_is_certain(self):
        exact = np.array([1.0, 5.0, 2.0])
        ratio, (low, high) = ratio_of_means(0.5 * exact, exact)
        for value in (ratio, low, high):
            self.assertAlmostEqual(value, 0.5)

    def test_interval_of_a_ratio_holds_the_truth_as_often_as_it_says(self):
        rng, held = np.random.default_rng(0), 0
        for _ in range(400):
            exact = rng.uniform(1, 3, 100)
            _, (low, high) = ratio_of_means(0.8 * exact + rng.normal(0, 0.3, 100), exact)
            held += low <= 0.8 <= high
        self.assertTrue(0.92 <= held / 400 <= 0.98, held / 400)

    def test_quartiles(self):
        self.assertEqual(quartiles(np.arange(5)), (1, 2, 3))


if __name__ == "__main__":
    unittest.main()
