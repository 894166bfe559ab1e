#include "tools/bench.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace odsora {
namespace {

struct Heard {
  BenchMachine machine;
  std::vector<BenchResult> results;

  BenchObserver observer() {
    return {.on_start = [this](const BenchMachine& told) { machine = told; },
            .on_result = [this](const BenchResult& result) { results.push_back(result); }};
  }
};

TEST(Bench, MeasuresACaseBesideTheLimitsOfTheMachine) {
  Heard heard;
  run_bench({.cases = {"stdit3.proj@1x2x8", "stdit3.gate_add@1x2x8"}, .rounds = 3, .threads = 2, .peer = ""},
            heard.observer());
  EXPECT_EQ(heard.machine.threads, 2);
  EXPECT_TRUE(heard.machine.peer.empty());
  ASSERT_EQ(heard.results.size(), 2U);
  const BenchResult& product = heard.results[0];
  EXPECT_EQ(product.name, "stdit3.proj@1x2x8");
  EXPECT_GE(product.own.runs, 3);
  EXPECT_GT(product.own.least, 0);
  EXPECT_LE(product.own.least, product.own.median);
  EXPECT_LE(product.own.median, product.own.most);
  EXPECT_GT(product.matrix_share(), 0);
  EXPECT_FALSE(product.peer || product.competed || product.parts);
  EXPECT_GT(heard.results[1].memory_share(), 0);
}

TEST(Bench, TellsWhereAStagesTimeGoes) {
  Heard heard;
  run_bench({.cases = {"stdit3.pair@1x2x4+3"}, .rounds = 1, .threads = 2, .peer = ""}, heard.observer());
  ASSERT_TRUE(heard.results.at(0).parts);
  const auto& parts = *heard.results[0].parts;
  for (const OperationKind kind :
       {OperationKind::kProduct, OperationKind::kAttention, OperationKind::kNorm, OperationKind::kElementWise}) {
    EXPECT_GT(parts.at(static_cast<size_t>(kind)).seconds, 0) << operation_kind_name(kind);
  }
  EXPECT_EQ(parts.at(static_cast<size_t>(OperationKind::kConvolution)).seconds, 0);
}

/// A peer that answers each case of `known` with the seconds 0.5.
std::string peer_program(const TemporaryFolder& folder, const std::string& known) {
  const auto path = folder.path() / "peer.sh";
  std::ofstream(path) << "echo '{\"peer\": \"Slow 1.0\"}'\n"
                         "while read -r name; do\n"
                         "  if [ \"$name\" = \""
                      << known
                      << "\" ]; then echo '{\"known\": true, \"seconds\": 0.5}'\n"
                         "  else echo '{\"known\": false}'; fi\n"
                         "done\n";
  return "sh '" + path.string() + "'";
}

TEST(Bench, RunsAPeerInTurn) {
  const TemporaryFolder folder;
  Heard heard;
  run_bench({.cases = {"stdit3.proj@1x2x8", "stdit3.qkv@1x2x8"},
             .rounds = 2,
             .threads = 2,
             .peer = peer_program(folder, "stdit3.proj@1x2x8")},
            heard.observer());
  EXPECT_EQ(heard.machine.peer, "Slow 1.0");
  ASSERT_EQ(heard.results.size(), 2U);
  ASSERT_TRUE(heard.results[0].peer);
  EXPECT_EQ(heard.results[0].peer->median, 0.5);
  EXPECT_EQ(heard.results[0].peer->runs, heard.results[0].own.runs);
  EXPECT_GT(heard.results[0].speedup(), 1.0);
  EXPECT_FALSE(heard.results[1].peer);
}

TEST(Bench, APeerThatSaysSomethingElseIsRefused) {
  for (const std::string command : {"true", "echo hello", "echo '[]'", "echo '{\"peer\": 1}'", "/nowhere/peer"}) {
    Heard heard;
    EXPECT_THROW(run_bench({.cases = {"stdit3.proj@1x1x1"}, .peer = command}, heard.observer()), Error) << command;
    EXPECT_TRUE(heard.results.empty());
  }
  const std::string mute = "echo '{\"peer\": \"Mute\"}'";
  Heard heard;
  EXPECT_THROW(run_bench({.cases = {"stdit3.proj@1x1x1"}, .peer = mute}, heard.observer()), Error);
}

TEST(Bench, MeasuresBesideACompetingLoad) {
  Heard heard;
  run_bench({.cases = {"stdit3.proj@1x2x8"}, .rounds = 1, .threads = 2, .peer = "", .competing_tasks = 1},
            heard.observer());
  ASSERT_TRUE(heard.results.at(0).competed);
  EXPECT_GT(heard.results[0].competed->median, 0);
}

TEST(Bench, AnUnknownCaseIsRefusedBeforeAnythingRuns) {
  Heard heard;
  EXPECT_THROW(run_bench({.cases = {"stdit3.proj@1x2x8", "nothing@1"}, .peer = ""}, heard.observer()), Error);
  EXPECT_TRUE(heard.results.empty());
}

}  // namespace
}  // namespace odsora
