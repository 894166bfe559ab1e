// odsora bench as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/program.h"

namespace odsora {
namespace {

using testing::HasSubstr;

std::vector<nlohmann::json> objects_in(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(Cli, BenchesForPeople) {
  const Finished finished = Program({"bench", "stdit3.pair@1x2x4+3", "--rounds", "1"}).wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  for (const char* part : {"stdit3.pair@1x2x4+3", "products", "attention", "norms", "element-wise", "GFLOP/s (peak)"}) {
    EXPECT_THAT(finished.out, HasSubstr(part));
  }
}

TEST(Cli, BenchesForPrograms) {
  const Finished finished =
      Program({"bench", "t5.q@3", "job@5x64x64", "--rounds", "1", "--precision", "f32", "-t", "1", "--json"}).wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto lines = objects_in(finished.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["precision"], "f32");
  EXPECT_EQ(lines[0]["threads"], 1);
  EXPECT_EQ(lines[1]["case"], "t5.q@3");
  EXPECT_GT(lines[1]["own"]["median_s"], 0);
  EXPECT_GT(lines[1]["matrix_share"], 0);
  EXPECT_EQ(lines[2]["case"], "job@5x64x64");
  EXPECT_EQ(lines[2]["evaluations"], 16);
  EXPECT_GT(lines[2]["total_s"], 0);
  EXPECT_GT(lines[2]["peak_rss_bytes"], 0);
}

TEST(Cli, RefusesToBench) {
  const auto refused = [](const std::vector<std::string>& arguments, int exit_code, const std::string& part) {
    expect_refusal(with({"bench"}, arguments), exit_code, part);
  };
  refused({"nothing"}, 2, "bench case 'nothing': expected operations, stages");
  refused({"t5.block@0"}, 2, "bench case 't5.block@0': expected sizes N");
  refused({"job@68x192"}, 2, "bench case 'job@68x192': expected job@NxHxW");
  refused({"job@5x64x64", "--model", "nowhere"}, 3, "nowhere");
  refused({"job@68x192x192", "--max-ram", "1M"}, 6, "");
  refused({"t5.q@1", "--rounds", "0"}, 2, "--rounds");
  refused({"t5.q@1", "--peer", "true"}, 2, "peer 'true': expected a line of JSON");
}

}  // namespace
}  // namespace odsora
