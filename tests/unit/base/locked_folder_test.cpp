#include "base/locked_folder.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

TEST(LockedFolder, IsMadeAndGoesAgainUnlessSomethingIsKept) {
  const TemporaryFolder around;
  const fs::path folder = around.path() / "work";
  {
    const LockedFolder locked(folder);
    EXPECT_TRUE(fs::is_directory(folder));
  }
  EXPECT_FALSE(fs::exists(folder));
  {
    const LockedFolder locked(folder);
    around.write("work/kept", "something");
  }
  EXPECT_TRUE(fs::exists(folder / "kept"));
  const LockedFolder again(folder);
}

TEST(LockedFolder, IsHeldByOneAtATime) {
  const TemporaryFolder around;
  const fs::path folder = around.path() / "work";
  {
    const LockedFolder first(folder);
    expect_error(ErrorCode::kOutput, {folder.string(), "another process"}, [&] { LockedFolder second(folder); });
  }
  const LockedFolder third(folder);
}

TEST(LockedFolder, TellsWhyItCannotBeMade) {
  const TemporaryFolder around;
  around.write("file", "");
  expect_error(ErrorCode::kOutput, {"nowhere", "No such file"},
               [&] { LockedFolder(around.path() / "nowhere" / "work"); });
  expect_error(ErrorCode::kOutput, {"file"}, [&] { LockedFolder(around.path() / "file"); });
}

}  // namespace
}  // namespace odsora
