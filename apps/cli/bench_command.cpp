#include "bench_command.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "bench_json.h"
#include "choice_option.h"
#include "find_model.h"
#include "interrupt.h"

namespace odsora_cli {
namespace {

const std::map<std::string, odsora::Precision> kPrecisions = {
    {"auto", odsora::Precision::kAuto}, {"bf16", odsora::Precision::kBF16}, {"f32", odsora::Precision::kF32}};

constexpr const char* kBenchExamples =
    R"(Cases are named model.what@sizes; operations and stages stand for the usual ones.
Each is timed several times, in turn with the peer, and compared with a 2048x2048x2048 product and a copy
of memory measured right before it.

Examples:
  odsora bench                                        every operation and stage of Open-Sora v1.2
  odsora bench stdit3.pair@2x20x144+300 vae.decode@17x256x256
  odsora bench stages --peer "python3 bench/peers/pytorch_peer.py"
  odsora bench stdit3.pair@2x20x144+60 --competing 2  how much a busy machine slows it
  odsora bench job@68x192x192 --model synthetic-xl --max-ram 3.3G
                                                      a whole job with the settings of the paper)";

// "12.34 ms" or "1.234 s".
std::string duration(double seconds) {
  char text[32];
  if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.3f s", seconds);
  }
  return text;
}

// "965 (98 %)", what is done a second and its share of the limit; "-" where there is no such work.
std::string rate(double work, double seconds, double share) {
  if (work <= 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g (%.0f %%)", work / seconds / 1e9, share * 100);
  return text;
}

std::string spread(const odsora::Samples& samples) {
  char text[48];
  std::snprintf(text, sizeof text, "-%.0f +%.0f %%", (1 - samples.least / samples.median) * 100,
                (samples.most / samples.median - 1) * 100);
  return text;
}

// Rows of text as the results come.
class Table {
 public:
  Table(bool with_peer, bool with_load) : with_peer_(with_peer), with_load_(with_load) {}

  void print_head(const odsora::BenchMachine& machine) const {
    std::printf("%s, %d threads, %s\n", odsora::precision_name(machine.precision), machine.threads,
                machine.instructions.c_str());
    std::printf("%-36s %11s %12s %15s %15s", "case", "median", "spread", "GFLOP/s (peak)", "GB/s (memory)");
    if (with_peer_) std::printf(" %11s %7s  (%s)", "peer", "ratio", machine.peer.c_str());
    if (with_load_) std::printf(" %11s %7s", "competed", "slower");
    std::printf("\n");
  }

  void print_row(const odsora::BenchResult& result) const {
    std::printf("%-36s %11s %12s %15s %15s", result.name.c_str(), duration(result.own.median).c_str(),
                spread(result.own).c_str(), rate(result.work.flops, result.own.median, result.matrix_share()).c_str(),
                rate(result.work.bytes, result.own.median, result.memory_share()).c_str());
    if (with_peer_ && result.peer) std::printf(" %11s %6.2fx", duration(result.peer->median).c_str(), result.speedup());
    if (with_peer_ && !result.peer) std::printf(" %11s %7s", "-", "-");
    if (with_load_ && result.competed) {
      std::printf(" %11s %6.2fx", duration(result.competed->median).c_str(),
                  result.competed->median / result.own.median);
    }
    std::printf("\n");
    print_parts(result);
    std::fflush(stdout);
  }

 private:
  static void print_parts(const odsora::BenchResult& result) {
    if (!result.parts) return;
    for (size_t i = 0; i < odsora::kOperationKinds; ++i) {
      const odsora::OperationTotals& part = (*result.parts)[i];
      if (part.seconds <= 0) continue;
      std::printf("  %-34s %11s %12s %15s\n", odsora::operation_kind_name(static_cast<odsora::OperationKind>(i)),
                  duration(part.seconds).c_str(), "",
                  rate(part.flops, part.seconds, part.flops / part.seconds / result.limits.flops_per_s).c_str());
    }
  }

  bool with_peer_;
  bool with_load_;
};

void print_job(const odsora::BenchJob& job, const odsora::Report& report) {
  std::printf("%-36s %11s\n", job.name.c_str(), duration(report.total_s).c_str());
  std::printf("  %-34s %11s\n", "text encoding", duration(report.text_s).c_str());
  std::printf("  %-34s %11s  %d evaluations\n", "denoising", duration(report.denoising_s).c_str(), report.evaluations);
  std::printf("  %-34s %11s\n", "decoding", duration(report.decoding_s).c_str());
  std::printf("  %-34s %11s  of %s, %.1f GB\n", "waiting for weights", duration(report.load_exposed_s).c_str(),
              duration(report.load_s).c_str(), static_cast<double>(report.bytes_read) / 1e9);
  std::printf("  %-34s %8.0f MB\n", "most memory", static_cast<double>(report.peak_rss_bytes) / 1e6);
  std::fflush(stdout);
}

std::vector<std::string> expand(const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  const auto append = [&](const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  for (const std::string& name : wanted) {
    if (name == "operations") {
      append(odsora::usual_operations());
    } else if (name == "stages") {
      append(odsora::usual_stages());
    } else {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace

BenchCommand::BenchCommand(CLI::App& app)
    : command_(app.add_subcommand("bench", "Measure how fast this machine is, operation by operation")),
      wanted_{"operations", "stages"} {
  command_->footer(kBenchExamples);
  command_->add_option("cases", wanted_, "operations, stages, or names of cases [operations stages]")
      ->type_name("operations|stages|CASE");
  command_->add_option("--rounds", options_.rounds, "Timed runs of each case at the least, 1 to 1000 [5]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""));
  command_->add_option("-t,--threads", options_.threads, "Compute threads, 1 to 1024 [one a core]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  add_choice(*command_, "--precision", kPrecisions, options_.precision,
             "f32, bf16 or auto: bf16 where the CPU has it [auto]");
  command_->add_option("--peer", options_.peer, "Command of a program to compare with, see bench/peers")
      ->type_name("COMMAND");
  command_->add_option("--competing", options_.competing_tasks, "Also measure beside N processes that keep cores busy")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command_->add_option("--model", model_, "Model of whole jobs: a folder or a name [the shipped emoji-world]")
      ->type_name("FOLDER|NAME");
  command_->add_option("--max-ram", memory_limit_, "Memory limit of whole jobs, e.g. 3.3G [what is free]")
      ->type_name("SIZE");
  command_->add_flag("--json", json_, "One JSON object a line");
}

int BenchCommand::run() {
  std::vector<std::string> cases;
  std::vector<odsora::BenchJob> jobs;
  for (const std::string& name : expand(wanted_)) {
    if (odsora::names_bench_job(name)) {
      jobs.push_back(odsora::parse_bench_job(name));
    } else {
      cases.push_back(name);
    }
  }
  if (!cases.empty()) run_cases(std::move(cases));
  return run_jobs(jobs) ? 0 : kExitInterrupted;
}

void BenchCommand::run_cases(std::vector<std::string> cases) {
  options_.cases = std::move(cases);
  const Table table(!options_.peer.empty(), options_.competing_tasks > 0);
  odsora::run_bench(options_, {.on_start =
                                   [&](const odsora::BenchMachine& machine) {
                                     if (json_) {
                                       std::cout << bench_json(machine).dump() << '\n' << std::flush;
                                     } else {
                                       table.print_head(machine);
                                     }
                                   },
                               .on_result =
                                   [&](const odsora::BenchResult& result) {
                                     if (json_) {
                                       std::cout << bench_json(result).dump() << '\n' << std::flush;
                                     } else {
                                       table.print_row(result);
                                     }
                                   }});
}

bool BenchCommand::run_jobs(const std::vector<odsora::BenchJob>& jobs) const {
  odsora::EngineOptions engine = {.model_folder = find_model_folder(model_), .precision = options_.precision};
  engine.threads = options_.threads;
  if (!memory_limit_.empty()) engine.memory_limit = odsora::parse_memory_size(memory_limit_);
  const odsora::CancelToken& cancel = interrupt_token();
  for (const odsora::BenchJob& job : jobs) {
    const odsora::Report report = odsora::run_bench_job(job, engine, &cancel);
    if (report.cancelled) return false;
    if (json_) {
      std::cout << bench_json(job, report).dump() << '\n' << std::flush;
    } else {
      print_job(job, report);
    }
  }
  return true;
}

}  // namespace odsora_cli
