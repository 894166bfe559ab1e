#include "runtime/trace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

using nlohmann::json;

class TraceTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "run.trace"; }

  json events() const { return json::parse(std::ifstream(file())); }

  /// Events of one phase, in the order in which they were written.
  std::vector<json> events(const std::string& phase) const {
    std::vector<json> found;
    for (const json& event : events()) {
      if (event.at("ph") == phase) found.push_back(event);
    }
    return found;
  }

  TemporaryFolder folder_;
};

TEST_F(TraceTest, WritesSpansOnNamedTracks) {
  {
    Trace trace(file());
    trace.complete("compute", "block 0", 0.5, 0.75);
    trace.complete("loader", "block 1", 0.5000001234, 0.6);
    trace.complete("compute", "block 1", 0.75, 1.25);
  }
  const std::vector<json> spans = events("X");
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[0].at("name"), "block 0");
  EXPECT_DOUBLE_EQ(spans[0].at("ts"), 500'000);
  EXPECT_DOUBLE_EQ(spans[0].at("dur"), 250'000);
  EXPECT_DOUBLE_EQ(spans[1].at("ts"), 500'000.123);
  EXPECT_EQ(spans[0].at("tid"), spans[2].at("tid"));
  EXPECT_NE(spans[0].at("tid"), spans[1].at("tid"));
  EXPECT_EQ(spans[0].at("pid"), spans[1].at("pid"));

  std::vector<json> names;
  for (const json& event : events("M")) {
    if (event.at("name") == "thread_name") names.push_back(event);
  }
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0].at("args").at("name"), "compute");
  EXPECT_EQ(names[0].at("tid"), spans[0].at("tid"));
  EXPECT_EQ(names[1].at("args").at("name"), "loader");
  EXPECT_EQ(names[1].at("tid"), spans[1].at("tid"));
}

TEST_F(TraceTest, WritesCountersWithoutLosingBytes) {
  {
    Trace trace(file());
    trace.counter("rss bytes", 0);
    trace.counter("rss bytes", 23'456'789'012'345);
  }
  const std::vector<json> counters = events("C");
  ASSERT_EQ(counters.size(), 2U);
  EXPECT_EQ(counters[1].at("name"), "rss bytes");
  EXPECT_EQ(counters[1].at("args").at("value").get<double>(), 23'456'789'012'345.0);
  EXPECT_LE(counters[0].at("ts"), counters[1].at("ts"));
}

TEST_F(TraceTest, AScopeIsASpanAndNothingWithoutATrace) {
  { const Trace::Scope nothing(nullptr, "compute", "block 0"); }
  {
    Trace trace(file());
    const Trace::Scope outer(&trace, "compute", "outer");
    const Trace::Scope inner(&trace, "compute", "inner");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const std::vector<json> spans = events("X");
  ASSERT_EQ(spans.size(), 2U);
  const json& inner = spans[0];
  const json& outer = spans[1];
  EXPECT_EQ(inner.at("name"), "inner");
  EXPECT_GE(inner.at("dur"), 2000);
  EXPECT_LE(outer.at("ts"), inner.at("ts"));
  EXPECT_GE(outer.at("ts").get<double>() + outer.at("dur").get<double>(),
            inner.at("ts").get<double>() + inner.at("dur").get<double>());
}

TEST_F(TraceTest, OddNamesAndNumbersAreStillJson) {
  const std::string odd = "\"\\\n\t\x01</script> \xff é 熊";
  {
    Trace trace(file());
    trace.complete(odd, odd, 0, 1);
    trace.complete(std::string_view("\0", 1), "", 2, 1);
    trace.complete("", "nan", std::nan(""), 1);
    trace.complete("", "infinite", 0, std::numeric_limits<double>::infinity());
    trace.counter(odd, std::nan(""));
    trace.counter("small", -1.25e-30);
  }
  const std::vector<json> spans = events("X");
  ASSERT_EQ(spans.size(), 4U);
  EXPECT_EQ(spans[0].at("name"), "\"\\\n\t\x01</script> \xef\xbf\xbd é 熊");
  EXPECT_EQ(spans[1].at("dur"), 0);
  EXPECT_EQ(events("C").at(1).at("args").at("value"), -1.25e-30);
}

TEST_F(TraceTest, AnEmptyTraceIsJson) {
  { const Trace trace(file()); }
  EXPECT_TRUE(events().is_array());
  EXPECT_TRUE(events("X").empty());
}

TEST_F(TraceTest, WhatComesAfterTheEndIsDropped) {
  Trace trace(file());
  trace.complete("compute", "in time", 0, 1);
  trace.finish();
  trace.complete("loader", "late", 1, 2);
  trace.counter("late", 1);
  trace.finish();
  EXPECT_EQ(events("X").size(), 1U);
  EXPECT_TRUE(events("C").empty());
}

TEST_F(TraceTest, ManyThreadsWriteOneFile) {
  constexpr int kThreads = 4;
  constexpr int kSpans = 500;
  {
    Trace trace(file());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&trace, t] {
        const std::string track = "reader " + std::to_string(t);
        for (int i = 0; i < kSpans; ++i) {
          const Trace::Scope scope(&trace, track, "read");
          trace.counter("in flight", i);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(events("X").size(), size_t{kThreads * kSpans});
  EXPECT_EQ(events("C").size(), size_t{kThreads * kSpans});
}

TEST_F(TraceTest, APlaceThatCannotBeWrittenIsAnErrorAtOnce) {
  expect_error(ErrorCode::kOutput, {"cannot write the trace", "missing", "No such file"},
               [&] { Trace(folder_.path() / "missing" / "run.trace"); });
}

TEST_F(TraceTest, AFullDiskIsToldAtTheEnd) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  Trace trace("/dev/full");
  trace.complete("compute", "block 0", 0, 1);
  expect_error(ErrorCode::kOutput, {"cannot write the whole trace to /dev/full"}, [&] { trace.finish(); });
}

}  // namespace
}  // namespace odsora
