#include <gtest/gtest.h>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "techniques/temporal_token_merging.h"

namespace odsora::golden {
namespace {

constexpr Limit kLimit = {.absolute = 1e-6F};

// [rows, frames, channels] as a batch of rows, each with one patch.
HostTensor as_frames(HostTensor x) {
  x.shape = {x.dim(0) * x.dim(1), 1, x.dim(2)};
  return x;
}

// Merging and its undoing, alone.
void compare_merge(const Fixture& fixture, const std::string& name, DType type) {
  Device device(type);
  Ops& ops = *device.ops;
  const HostTensor in = fixture.tensor(name + ".in");  // [rows, frames, channels]
  const TokenMerge merge =
      merge_pairs(static_cast<int>(in.dim(0)), static_cast<int>(in.dim(1)), TokenMerging::Rule::kAuthors);
  const Tensor x = ops.upload(as_frames(in), DType::kF32);
  const Tensor merged = ops.merge_frames(x, merge.groups);
  expect_near(name + ".merged", ops.download(merged), as_frames(fixture.tensor(name + ".merged")), type, kLimit);

  const Tensor zeros = ops.upload(HostTensor(x.shape()), DType::kF32);
  Tensor unmerged = zeros.view(zeros.shape());
  ops.add_frames(unmerged, {merged, merge.group_of_frame});
  expect_near(name + ".unmerged", ops.download(unmerged), as_frames(fixture.tensor(name + ".unmerged")), type, kLimit);
}

}  // namespace

void compare_tdtm(const std::filesystem::path& file) {
  if (file.stem() != "d_merge_unmerge") {
    compare_stdit3(file);
    return;
  }
  const Fixture fixture(file);
  int compared = 0;
  for (const std::string& name : fixture.names()) {
    if (!name.ends_with(".in")) continue;
    for (const DType type : compute_types()) compare_merge(fixture, name.substr(0, name.size() - 3), type);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

}  // namespace odsora::golden
