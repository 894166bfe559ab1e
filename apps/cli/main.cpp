// odsora, the program: finds the subcommand and turns errors into a sentence and an exit code.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>

#include "bench_command.h"
#include "completion_command.h"
#include "decode_command.h"
#include "devices_command.h"
#include "exit_codes.h"
#include "fit_preview_command.h"
#include "generate_command.h"
#include "info_command.h"
#include "man_command.h"
#include "models_command.h"
#include "odsora/odsora.h"
#include "plan_command.h"
#include "printable_text.h"
#include "rerun_command.h"
#include "resume_command.h"
#include "sleeping_threads.h"
#include "synthesize_command.h"

namespace {

constexpr int kExitInternal = static_cast<int>(odsora::ErrorCode::kInternal);
constexpr int kExitOutput = static_cast<int>(odsora::ErrorCode::kOutput);
constexpr int kExitMemory = static_cast<int>(odsora::ErrorCode::kMemory);
constexpr int kExitInvalidArgument = static_cast<int>(odsora::ErrorCode::kInvalidArgument);

int run(int argc, char** argv) {
  CLI::App app("Text to video on a machine with little memory.", "odsora");
  app.set_version_flag("--version", std::string("odsora ") + odsora::version());
  app.require_subcommand(1);
  app.footer(odsora_cli::describe_exit_codes());
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "odsora: " + std::string(error.what()) + " (odsora COMMAND --help shows the options)\n";
  });
  odsora_cli::GenerateCommand generate(app);
  odsora_cli::PlanCommand plan(app);
  odsora_cli::ResumeCommand resume(app);
  odsora_cli::DecodeCommand decode(app);
  odsora_cli::InfoCommand info(app);
  odsora_cli::RerunCommand rerun(app);
  odsora_cli::SynthesizeCommand synthesize(app);
  odsora_cli::BenchCommand bench(app);
  odsora_cli::FitPreviewCommand fit_preview(app);
  odsora_cli::DevicesCommand devices(app);
  odsora_cli::ModelsCommand models(app);
  odsora_cli::CompletionCommand completion(app);
  odsora_cli::ManCommand man(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitInvalidArgument;
  }
  if (plan.chosen()) return plan.run();
  if (resume.chosen()) return resume.run();
  if (decode.chosen()) return decode.run();
  if (info.chosen()) return info.run();
  if (rerun.chosen()) return rerun.run();
  if (synthesize.chosen()) return synthesize.run();
  if (bench.chosen()) return bench.run();
  if (fit_preview.chosen()) return fit_preview.run();
  if (devices.chosen()) return devices.run();
  if (models.chosen()) return models.run();
  if (completion.chosen()) return completion.run();
  if (man.chosen()) return man.run();
  return generate.run();
}

// Memory that is given back must leave the process, or a limit could not be kept: glibc would otherwise learn to keep
// blocks of up to 32 MB, in an arena for each thread.
void let_freed_memory_go() {
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 2);
}

// What was printed may still be on its way, to a file on a disk that is full.
bool all_is_printed() { return std::cout.flush().good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

constexpr const char* kOutOfMemory =
    "odsora: out of memory; fewer frames, a smaller size or --precision bf16 need less\n";

// Where an exception cannot be caught, in a loop over many threads, the user is still told, and so is whoever reads the
// exit code.
[[noreturn]] void tell_and_exit() {
  try {
    if (std::current_exception() != nullptr) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    std::fputs(kOutOfMemory, stderr);
    std::_Exit(kExitMemory);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "odsora: internal error: %s\n", error.what());
  } catch (...) {
  }
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(tell_and_exit);
  odsora_cli::let_idle_threads_sleep(argv);
  let_freed_memory_go();
  try {
    const int exit_code = run(argc, argv);
    if (all_is_printed()) return exit_code;
    std::cerr << "odsora: cannot write to standard output\n";
    return kExitOutput;
  } catch (const odsora::Error& error) {
    std::cerr << "odsora: " << odsora_cli::printable(error.what()) << '\n';
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    std::cerr << kOutOfMemory;
    return kExitMemory;
  } catch (const std::exception& error) {
    std::cerr << "odsora: internal error: " << error.what() << '\n';
    return kExitInternal;
  }
}
