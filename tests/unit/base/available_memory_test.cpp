#include "base/available_memory.h"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_folder.h"

namespace odsora {
namespace {

constexpr Bytes kMebi = Bytes{1} << 20;

std::string mebibytes(Bytes count) { return std::to_string(count * kMebi) + "\n"; }

/// A made-up machine with 1000 MiB available and 50 MiB of them, or more, resident here.
class AvailableMemory : public testing::Test {
 protected:
  AvailableMemory() {
    write("proc/meminfo", "MemTotal:        4096000 kB\nMemFree:           10 kB\nMemAvailable:    1024000 kB\n");
    write("proc/self/status", "Name:\tself\nVmSize:\t  307200 kB\nVmRSS:\t   51200 kB\nVmData:\t  102400 kB\n");
  }

  void write(const std::string& name, const std::string& content) { folder_.write(name, content); }

  /// One group of version 2.
  void write_group(const std::string& name, const std::string& most, const std::string& high, Bytes current) {
    write("sys/" + name + "/memory.max", most);
    write("sys/" + name + "/memory.high", high);
    write("sys/" + name + "/memory.current", mebibytes(current));
  }

  /// In MiB; 0 when nothing is told.
  Bytes available(const ResourceLimits& limits = {}) const {
    return available_memory({.proc = folder_.path() / "proc", .control_groups = folder_.path() / "sys"}, limits)
               .value_or(0) /
           kMebi;
  }

  TemporaryFolder folder_;
};

TEST_F(AvailableMemory, IsWhatTheMachineHasAndWhatIsHeld) { EXPECT_EQ(available(), 1000U + 50U); }

TEST_F(AvailableMemory, IsTheLeastOfAllGroupsAround) {
  write("proc/self/cgroup", "0::/user/job\n");
  write_group("user/job", "max\n", "max\n", 60);
  EXPECT_EQ(available(), 1050U);
  write_group("user", mebibytes(700), "max\n", 100);
  EXPECT_EQ(available(), 650U);
  write_group("user/job", mebibytes(500), mebibytes(400), 60);
  EXPECT_EQ(available(), 340U + 50U);
  write_group("user/other", mebibytes(1), "max\n", 0);
  EXPECT_EQ(available(), 390U);
  write_group("user", mebibytes(700), "max\n", 800);  // above its limit, which has been lowered
  EXPECT_EQ(available(), 0U + 50U);
}

TEST_F(AvailableMemory, CachedFilesOfAGroupCountAsFree) {
  write("proc/self/cgroup", "0::/job\n");
  write_group("job", mebibytes(500), "max\n", 480);
  write("sys/job/memory.stat", "anon 1\nfile 900\nactive_file " + mebibytes(100) + "inactive_file " + mebibytes(300));
  EXPECT_EQ(available(), 420U + 50U);
}

TEST_F(AvailableMemory, AContainerSeesItsGroupAsTheRoot) {
  write("proc/self/cgroup", "0::/host/name/of/it\n");
  write_group("", mebibytes(300), "max\n", 100);
  EXPECT_EQ(available(), 250U);
  write("proc/self/cgroup", "0::/../../outside\n");
  EXPECT_EQ(available(), 250U);
  write("proc/self/cgroup", "0::/\n");
  EXPECT_EQ(available(), 250U);
}

TEST_F(AvailableMemory, ReadsVersion1) {
  write("proc/self/cgroup", "9:name=systemd:/x\n5:cpu,memory:/docker/job\n3:memory_other:/wrong\n0::/x\n");
  write("sys/memory/docker/job/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(available(), 1050U);
  write("sys/memory/memory.limit_in_bytes", mebibytes(800));
  write("sys/memory/memory.usage_in_bytes", mebibytes(300));
  write("sys/memory/memory.stat", "inactive_file 99999999999\ntotal_inactive_file " + mebibytes(150));
  EXPECT_EQ(available(), 650U + 50U);
}

TEST_F(AvailableMemory, ResourceLimitsBoundWhatCountsTowardsThem) {
  EXPECT_EQ(available({.address_space = 700 * kMebi, .data = {}}), 400U + 50U);
  EXPECT_EQ(available({.address_space = 700 * kMebi, .data = 200 * kMebi}), 100U + 50U);
  EXPECT_EQ(available({.address_space = 10 * kMebi, .data = {}}), 50U);
}

TEST_F(AvailableMemory, NonsenseBoundsNothing) {
  write("proc/self/cgroup", "0::/job\nmemory\n::\n7:memory\n");
  write_group("job", "lots\n", "-5\n", 0);
  EXPECT_EQ(available(), 1050U);
  write("proc/meminfo", "MemAvailable: 99999999999999999999999 kB\nMemAvailable: 3 kB");
  EXPECT_EQ(available(), 0U);
}

TEST_F(AvailableMemory, IsUnknownWhereNothingIsTold) {
  EXPECT_FALSE(available_memory({.proc = "/nowhere", .control_groups = "/nowhere"}, {}));
}

TEST(DefaultMemoryLimit, LeavesATwentiethAndAtLeast200Megabytes) {
  EXPECT_EQ(memory_limit_within(20'000'000'000), 19'000'000'000U);
  EXPECT_EQ(memory_limit_within(4'000'000'000), 3'800'000'000U);
  EXPECT_EQ(memory_limit_within(1'000'000'000), 800'000'000U);
  EXPECT_EQ(memory_limit_within(250'000'000), 100'000'000U);
  EXPECT_EQ(memory_limit_within(0), 100'000'000U);
  EXPECT_GE(default_memory_limit(), 100'000'000U);
}

}  // namespace
}  // namespace odsora
