#include "video/spool_file.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

TEST(SpoolFile, GivesBackWhatItTookAndHasNoName) {
  const TemporaryFolder folder;
  SpoolFile spool(folder.path() / "out.gif");
  spool.append(std::vector<uint8_t>{1, 2, 3});
  spool.append(std::vector<uint8_t>{4, 5});
  std::vector<uint8_t> bytes(3);
  spool.read(2, bytes);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{3, 4, 5}));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  expect_error(ErrorCode::kOutput, {"out.gif"}, [&] { spool.read(3, bytes); });
}

TEST(SpoolFile, NeedsItsFolder) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kOutput, {"absent/out.gif", "No such file"},
               [&] { SpoolFile(folder.path() / "absent" / "out.gif"); });
}

}  // namespace
}  // namespace odsora
