// Measures cases: how long they take, and how near that is to what the machine can do and to what a peer needs.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "odsora/odsora.h"
#include "tools/bench_case.h"
#include "tools/timed_ops.h"

namespace odsora {

struct BenchOptions {
  std::vector<std::string> cases;  // names
  int rounds = 5;                  // at the least; short cases run more often
  int threads = 0;                 // 0: one for each core
  Precision precision = Precision::kAuto;
  std::string peer;         // a command that speaks the protocol of bench_peer.h; empty: none
  int competing_tasks = 0;  // processes that keep cores busy in every second run; 0: none
};

/// Of several runs.
struct Samples {
  Seconds median = 0;
  Seconds least = 0;
  Seconds most = 0;
  int runs = 0;
};

/// What the machine can do, measured right before a case.
struct MachineLimits {
  double flops_per_s = 0;  // of a 2048³ product in the precision of the run
  double bytes_per_s = 0;  // read and written, of a copy that no cache holds
};

struct BenchResult {
  std::string name;
  std::string what;
  BenchWork work;
  Samples own;
  MachineLimits limits;
  std::optional<Samples> peer;      // absent: no peer, or it does not know the case
  std::optional<Samples> competed;  // with competing tasks
  /// Where the time of one run goes. Of stages only.
  std::optional<std::array<OperationTotals, kOperationKinds>> parts;

  double matrix_share() const { return work.flops / own.median / limits.flops_per_s; }
  double memory_share() const { return work.bytes / own.median / limits.bytes_per_s; }
  /// How many times faster than the peer.
  double speedup() const { return peer ? peer->median / own.median : 0; }
};

/// What a benchmark ran on.
struct BenchMachine {
  Precision precision = Precision::kF32;
  int threads = 0;
  std::string instructions;
  std::string peer;  // as it calls itself; empty: none
};

/// Called once before the first case, then after each.
struct BenchObserver {
  std::function<void(const BenchMachine&)> on_start;
  std::function<void(const BenchResult&)> on_result;
};

/// Runs of the case, of the peer and under load take turns, so that a noisy machine is noisy for all. Throws
/// Error(kInvalidArgument) for an unknown case, before any runs, or a peer that does not answer.
void run_bench(const BenchOptions& options, const BenchObserver& observer);

}  // namespace odsora
