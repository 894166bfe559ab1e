// Limits of the system on memory: a command works, or refuses with one sentence and exit code 6. It never crashes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/control_group.h"
#include "support/program.h"
#include "support/shell.h"

namespace odsora {
namespace {

constexpr int kMemoryExit = 6;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kHasShadowMemory = true;
#else
constexpr bool kHasShadowMemory = false;
#endif

// `limit` is an option of ulimit and KiB.
void expect_success_or_refusal(const std::string& limit, const std::string& arguments) {
  const std::string command = "ulimit " + limit + "; odsora " + arguments;
  const ShellResult result =
      run_script("sh", "cd \"$(dirname \"$0\")\" && ulimit " + limit + " && ODSORA_CACHE_DIR=cache exec " +
                           ODSORA_PROGRAM + " " + arguments + " >out");
  if (result.exit_code == 0) {
    EXPECT_THAT(result.out, testing::IsEmpty()) << command;
  } else {
    EXPECT_EQ(result.exit_code, kMemoryExit) << command << '\n' << result.out;
    EXPECT_THAT(result.out, testing::StartsWith("odsora: ")) << command;
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1) << command << '\n' << result.out;
  }
}

void expect_success_or_refusal(const std::vector<std::string>& limits, const std::vector<std::string>& commands) {
  if (kHasShadowMemory) GTEST_SKIP() << "the address sanitizer takes terabytes of addresses, so no limit lets it start";
  for (const std::string& limit : limits) {
    for (const std::string& command : commands) expect_success_or_refusal(limit, command);
  }
}

const std::string kGenerate =
    "generate -p panda -o v.mp4 --no-cache --progress none -W 64 -H 64 --frames 5 --steps 1 --seed 1";

// Where kernels of oneDNN, whose memory nobody asks for, pass the limit.
TEST(Memory, EachLimitOnDataLetsPlanWorkOrRefuse) {
  std::vector<std::string> limits;
  for (int kib = 60'000; kib <= 180'000; kib += 6'000) limits.push_back("-d " + std::to_string(kib));
  expect_success_or_refusal(limits, {"plan -p panda"});
}

TEST(Memory, EachLimitOnDataLetsEveryCommandWorkOrRefuse) {
  expect_success_or_refusal({"-d 60000", "-d 130000", "-d 220000", "-d 400000"},
                            {"models", "devices", "generate -h", kGenerate});
}

// Below, the libraries themselves cannot be loaded.
TEST(Memory, EachLimitOnAddressesLetsEveryCommandWorkOrRefuse) {
  expect_success_or_refusal({"-v 260000", "-v 320000", "-v 450000", "-v 600000"},
                            {"plan -p panda", "models", "devices", kGenerate});
}

// -1 would be the kernel's answer: it kills what does not fit.
TEST(Memory, EachControlGroupLetsTheProgramWorkOrRefuse) {
  for (const uint64_t limit : {150'000'000, 200'000'000, 300'000'000, 450'000'000}) {
    const auto group = MemoryControlGroup::make(limit);
    if (group == nullptr) GTEST_SKIP() << "this machine lets nobody make a control group with a memory limit";
    const Program program({"generate", "-p", "panda", "-o", "v.mp4", "--no-cache", "--progress", "none"},
                          group->door());
    const Finished finished = program.wait();
    EXPECT_THAT(finished.exit_code, testing::AnyOf(0, kMemoryExit)) << limit << '\n' << finished.err;
    EXPECT_EQ(program.files().size(), finished.exit_code == 0 ? 1U : 0U) << limit;
  }
}

// libgomp would end the process.
TEST(Memory, ThreadsThatTheSystemDoesNotStartAreOneSentence) {
  if (kHasShadowMemory) GTEST_SKIP() << "the address sanitizer takes terabytes of addresses, so no limit lets it start";
  const ShellResult result =
      run_script("sh", "cd \"$(dirname \"$0\")\" && ulimit -v 900000 && exec " + std::string(ODSORA_PROGRAM) + " " +
                           kGenerate + " --max-ram 300M -t 300");
  EXPECT_EQ(result.exit_code, 5) << result.out;
  EXPECT_THAT(result.out, testing::StartsWith("odsora: threads: expected to compute with 300, found that the system"));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1) << result.out;
}

}  // namespace
}  // namespace odsora
