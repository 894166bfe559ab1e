#include "video/webp_xmp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace odsora {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::StartsWith;

std::optional<std::string> found_in(const TemporaryFolder& folder, const std::string& kind, const std::string& packet) {
  std::string chunk = kind;
  for (int shift = 0; shift < 32; shift += 8) chunk += static_cast<char>(packet.size() >> shift);
  chunk += packet;
  if (packet.size() % 2 != 0) chunk += '\0';
  std::string file = "RIFF";
  for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>((chunk.size() + 4) >> shift);
  FileCursor cursor(folder.write("a.webp", file + "WEBP" + chunk));
  return find_webp_xmp(cursor);
}

TEST(WebpXmp, EscapesWhatXmlWouldRead) {
  const std::string packet = xmp_packet("{\"odsora\":\"<a&b>]]>\r\"}");
  EXPECT_THAT(packet, StartsWith("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"));
  EXPECT_THAT(packet, HasSubstr(">{\"odsora\":\"&lt;a&amp;b&gt;]]&gt;&#13;\"}<"));
}

TEST(WebpXmp, ReadsWhatOthersEscape) {
  const TemporaryFolder folder;
  const std::string element = "<x><odsora:generation>{&quot;odsora&quot;:&apos;&lt;</odsora:generation></x>";
  EXPECT_EQ(found_in(folder, "XMP ", element), "{\"odsora\":'<");
  EXPECT_EQ(found_in(folder, "XMP ", element + " "), "{\"odsora\":'<");
}

TEST(WebpXmp, OtherPacketsAreNotTakenForOurs) {
  const TemporaryFolder folder;
  const std::string ours = xmp_packet(R"({"odsora":1})");
  EXPECT_EQ(found_in(folder, "XMP ", ours), R"({"odsora":1})");
  EXPECT_EQ(found_in(folder, "EXIF", ours), std::nullopt);
  EXPECT_EQ(found_in(folder, "XMP ", xmp_packet("other")), std::nullopt);
  EXPECT_EQ(found_in(folder, "XMP ", xmp_packet(R"({"odsora":1})").substr(0, ours.size() - 90)), std::nullopt);
  EXPECT_EQ(found_in(folder, "XMP ", "<odsora:generation>{\"odsora\":&bomb;</odsora:generation>"), std::nullopt);
  EXPECT_EQ(found_in(folder, "XMP ", std::string(1'000'000, ' ') + ours), std::nullopt);
}

}  // namespace
}  // namespace odsora
