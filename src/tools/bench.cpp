#include "tools/bench.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "cpu/cpu_ops.h"
#include "cpu/isa.h"
#include "cpu/parallel.h"
#include "runtime/workspace.h"
#include "tools/bench_inputs.h"
#include "tools/bench_peer.h"
#include "tools/competing_load.h"

namespace odsora {
namespace {

constexpr int kMostRuns = 200;
/// Short cases run until they have taken so long together.
constexpr Seconds kLeastTotal = 0.3;
constexpr size_t kCopiedBytes = size_t{128} << 20;
constexpr int kLimitRuns = 3;

template <typename Body>
Seconds seconds_of(const Body& body) {
  const Stopwatch stopwatch;
  body();
  return stopwatch.elapsed();
}

Samples summarize(std::vector<Seconds> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const size_t half = seconds.size() / 2;
  return {.median = seconds.size() % 2 == 1 ? seconds[half] : (seconds[half - 1] + seconds[half]) / 2,
          .least = seconds.front(),
          .most = seconds.back(),
          .runs = static_cast<int>(seconds.size())};
}

template <typename Body>
Seconds median_of(int runs, const Body& body) {
  std::vector<Seconds> seconds;
  for (int i = 0; i < runs; ++i) seconds.push_back(seconds_of(body));
  return summarize(std::move(seconds)).median;
}

/// The product and the copy that everything else is compared with.
class Yardstick {
 public:
  Yardstick(Ops& ops, int threads)
      : product_(parse_bench_case("matrix@2048x2048x2048").kind->make(ops, {2048, 2048, 2048})), threads_(threads) {
    product_.body->run();
  }

  MachineLimits measure() const {
    return {.flops_per_s = product_.work.flops / median_of(kLimitRuns, [&] { product_.body->run(); }),
            .bytes_per_s = 2.0 * kCopiedBytes / copy_seconds()};
  }

 private:
  Seconds copy_seconds() const {
    const auto from = std::make_unique_for_overwrite<std::byte[]>(kCopiedBytes);
    const auto to = std::make_unique_for_overwrite<std::byte[]>(kCopiedBytes);
    const ThreadCountScope threads(threads_);
    const auto copy = [&] {
      parallel_rows(kCopiedBytes, kCopiedBytes, [&](int64_t first, int64_t last) {
        std::memcpy(to.get() + first, from.get() + first, static_cast<size_t>(last - first));
      });
    };
    std::memset(from.get(), 1, kCopiedBytes);
    copy();  // makes the pages resident
    return median_of(kLimitRuns, copy);
  }

  BenchReady product_;
  int threads_;
};

/// Runs in turn: the case itself, its peer, the case under load.
class Rounds {
 public:
  Rounds(const BenchOptions& options, const BenchCase& what, BenchBody& body, BenchPeer* peer, CompetingLoad* load)
      : options_(options), what_(what), body_(body), peer_(peer), load_(load) {}

  void run(BenchResult& result) {
    body_.run();  // makes primitives and memory
    Seconds total = 0;
    while (own_.size() < static_cast<size_t>(options_.rounds) || (total < kLeastTotal && own_.size() < kMostRuns)) {
      own_.push_back(seconds_of([&] { body_.run(); }));
      total += own_.back();
      ask_peer();
      run_under_load();
    }
    result.own = summarize(own_);
    if (!of_peer_.empty()) result.peer = summarize(of_peer_);
    if (!competed_.empty()) result.competed = summarize(competed_);
  }

 private:
  void ask_peer() {
    if (peer_ == nullptr) return;
    const std::optional<Seconds> seconds = peer_->run(what_.name);
    if (!seconds) {
      peer_ = nullptr;
      return;
    }
    of_peer_.push_back(*seconds);
  }

  void run_under_load() {
    if (load_ == nullptr) return;
    load_->start();
    competed_.push_back(seconds_of([&] { body_.run(); }));
    load_->stop();
  }

  const BenchOptions& options_;
  const BenchCase& what_;
  BenchBody& body_;
  BenchPeer* peer_;
  CompetingLoad* load_;
  std::vector<Seconds> own_, of_peer_, competed_;
};

bool is_stage(const BenchKind& kind) {
  const auto stages = stage_kinds();
  return &kind >= stages.data() && &kind < stages.data() + stages.size();
}

/// Of one run.
std::array<OperationTotals, kOperationKinds> parts_of(const BenchCase& what, Ops& ops) {
  TimedOps timed(ops);
  const BenchReady ready = what.kind->make(timed, what.sizes);
  ready.body->run();
  timed.reset();
  ready.body->run();
  std::array<OperationTotals, kOperationKinds> parts;
  for (size_t kind = 0; kind < kOperationKinds; ++kind) parts.at(kind) = timed.totals(static_cast<OperationKind>(kind));
  return parts;
}

}  // namespace

void run_bench(const BenchOptions& options, const BenchObserver& observer) {
  std::vector<BenchCase> cases;
  for (const std::string& name : options.cases) cases.push_back(parse_bench_case(name));
  const DType type = resolve_precision(options.precision);
  const int threads = options.threads > 0 ? options.threads : omp_get_num_procs();
  std::optional<CompetingLoad> load;
  if (options.competing_tasks > 0) load.emplace(options.competing_tasks);
  std::optional<BenchPeer> peer;
  if (!options.peer.empty()) peer.emplace(options.peer);
  observer.on_start({.precision = type == DType::kBF16 ? Precision::kBF16 : Precision::kF32,
                     .threads = threads,
                     .instructions = isa_description(),
                     .peer = peer ? peer->name() : ""});

  Workspace workspace;
  const auto ops = make_cpu_ops({.compute_type = type, .threads = threads, .workspace = workspace});
  const Yardstick yardstick(*ops, threads);
  for (const BenchCase& what : cases) {
    BenchResult result;
    result.name = what.name;
    result.what = what.kind->what;
    {
      const BenchReady ready = what.kind->make(*ops, what.sizes);
      result.work = ready.work;
      result.limits = yardstick.measure();
      Rounds(options, what, *ready.body, peer ? &*peer : nullptr, load ? &*load : nullptr).run(result);
    }
    if (is_stage(*what.kind)) result.parts = parts_of(what, *ops);
    workspace.release_unused();
    observer.on_result(result);
  }
}

}  // namespace odsora
