#include "cpu/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace odsora {
namespace {

TEST(Processor, IsReadFromTheSystemsText) {
  const Processor processor = parse_processor(
      "processor\t: 0\nmodel\t\t: 17\nmodel name\t: A CPU: the first\nflags\t\t: fpu avx2 avx512_bf16\nvmx flags\t: a\n"
      "\nprocessor\t: 1\nmodel name\t: another\nflags\t\t: fpu\n");
  EXPECT_EQ(processor.name, "A CPU: the first");
  EXPECT_THAT(processor.flags, testing::ElementsAre("fpu", "avx2", "avx512_bf16"));
  EXPECT_TRUE(processor.has("avx2"));
  EXPECT_FALSE(processor.has("avx"));
}

TEST(Processor, IsUnknownWhereTheSystemTellsNothing) {
  for (const char* text : {"", "\n", "no colon", "model name\t:", "model names\t: x\nflags", ":"}) {
    const Processor processor = parse_processor(text);
    EXPECT_EQ(processor.name, "") << text;
    EXPECT_THAT(processor.flags, testing::IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace odsora
