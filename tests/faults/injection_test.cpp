// The faults themselves: each rule must do what it says, or the other tests here would show nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "support/fault.h"
#include "support/shell.h"

namespace odsora {
namespace {

// Copies 1,000 bytes in pieces of 100 from in.bin to out.bin; tells how many arrived.
ShellResult copy_under(const std::string& rules) {
  const Fault fault(rules);
  return run_script("sh",
                    "cd \"$(dirname \"$0\")\"; unset LD_PRELOAD; head -c 1000 /dev/zero >in.bin; export LD_PRELOAD=" +
                        std::string(ODSORA_FAULT_LIBRARY) +
                        "; dd if=in.bin of=out.bin bs=100 conv=fsync 2>err.txt; code=$?; unset LD_PRELOAD; "
                        "wc -c <out.bin; grep -o 'No space.*\\|Input/output.*' err.txt; exit $code");
}

TEST(Injection, ErrorsComeAtTheExactByte) {
  EXPECT_EQ(copy_under("write:ENOSPC:after=250:path=out.bin").out, "250\nNo space left on device\n");
  EXPECT_EQ(copy_under("write:ENOSPC:path=out.bin").out, "0\nNo space left on device\n");
  EXPECT_EQ(copy_under("read:EIO:after=300:path=in.bin").out, "300\nInput/output error\n");
  EXPECT_EQ(copy_under("fsync:EIO:path=out.bin").out, "1000\nInput/output error\n");
}

TEST(Injection, OtherFilesAndLaterBytesAreLeftAlone) {
  for (const char* rules : {"", "write:ENOSPC:path=other", "write:ENOSPC:after=1000:path=out.bin"}) {
    const ShellResult result = copy_under(rules);
    EXPECT_EQ(result.exit_code, 0) << rules;
    EXPECT_EQ(result.out, "1000\n") << rules;
  }
}

TEST(Injection, ShortReadsMoveLess) {
  EXPECT_EQ(copy_under("read:short=10:path=in.bin").out, "1000\n");
  EXPECT_EQ(copy_under("read:short=10:path=in.bin;write:ENOSPC:after=15:path=out.bin").out,
            "15\nNo space left on device\n");
}

TEST(Injection, DelaysTakeTheirTime) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(copy_under("write:delay=50:path=out.bin").out, "1000\n");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500));
}

TEST(Injection, TimesLimitsHowOften) { EXPECT_EQ(copy_under("write:ENOSPC:times=0:path=out.bin").out, "1000\n"); }

TEST(Injection, KillsInPlaceOfTheCall) {
  const ShellResult result = copy_under("write:kill:after=400:path=out.bin");
  EXPECT_EQ(result.exit_code, 128 + 9);
  EXPECT_THAT(result.out, testing::HasSubstr("400\n"));
}

TEST(Injection, AWrongRuleIsNoSilence) {
  for (const char* rules : {"write", "write:ENOSPACE", "scribble:EIO", "write:EIO:after=x", "write:EIO:path", ";"}) {
    EXPECT_EQ(copy_under(rules).exit_code, 99) << rules;
  }
}

}  // namespace
}  // namespace odsora
