#include "tools/device_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cpu/isa.h"
#include "cpu/primitive_log.h"

namespace odsora {
namespace {

TEST(DeviceReport, SaysWhatComputesHere) {
  const DeviceReport report = report_device();
  EXPECT_EQ(report.device, "cpu");
  EXPECT_GE(report.cores, 1);
  EXPECT_EQ(report.precision, has_bf16() ? Precision::kBF16 : Precision::kF32);
  EXPECT_EQ(report.precision_reason, automatic_precision_reason());
  EXPECT_TRUE(is_fast(dnnl::primitive::kind::matmul, report.product_kernel)) << report.product_kernel;
  EXPECT_TRUE(is_fast(dnnl::primitive::kind::convolution, report.convolution_kernel)) << report.convolution_kernel;
  EXPECT_GE(report.memory_limit, 100'000'000U);
  for (const std::string& version : {report.onednn_version, report.highway_version}) {
    EXPECT_THAT(version, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  }
}

TEST(DeviceReport, UsesNoInstructionsThatAreNotThereOrBeyondTheLimit) {
  const DeviceReport report = report_device();
  ASSERT_EQ(report.instructions.size(), 4U);
  for (const ReportedInstructions& set : report.instructions) EXPECT_LE(set.used, set.present) << set.name;
  EXPECT_EQ(report.instructions[2].used, has_bf16());
  EXPECT_EQ(report.instruction_limit.has_value(), isa_limit().has_value());
  EXPECT_EQ(report.element_wise_target == "AVX2", in_use(InstructionSet::kAvx2) && !in_use(InstructionSet::kAvx512));
}

}  // namespace
}  // namespace odsora
