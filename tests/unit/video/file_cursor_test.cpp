#include "video/file_cursor.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

TEST(FileCursor, ReadsInOrderAcrossItsBuffer) {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += static_cast<char>(i % 251);
  FileCursor cursor(folder.write("file", bytes));
  EXPECT_EQ(cursor.left(), 10'000U);
  EXPECT_EQ(cursor.big_endian32(), 0x00010203U);
  EXPECT_EQ(cursor.little_endian32(), 0x07060504U);
  EXPECT_EQ(cursor.text(5000), bytes.substr(8, 5000));
  cursor.skip(90);
  EXPECT_EQ(cursor.byte(), static_cast<uint8_t>(bytes[5098]));
  cursor.seek(1);
  EXPECT_EQ(cursor.byte(), 1);
  EXPECT_EQ(cursor.position(), 2U);
}

TEST(FileCursor, RefusesToGoBeyondTheEnd) {
  const TemporaryFolder folder;
  FileCursor cursor(folder.write("file", "abc"));
  const auto refuses = [&](const auto& act) {
    expect_error(ErrorCode::kInvalidArgument, {"file", "cut short"}, [&] { act(); });
  };
  refuses([&] { cursor.big_endian32(); });
  cursor.seek(0);
  refuses([&] { cursor.text(4); });
  refuses([&] { cursor.skip(UINT64_MAX); });
  refuses([&] { cursor.seek(4); });
  cursor.seek(3);
  refuses([&] { cursor.byte(); });
  expect_error(ErrorCode::kInvalidArgument, {"absent"}, [&] { FileCursor(folder.path() / "absent"); });
}

}  // namespace
}  // namespace odsora
