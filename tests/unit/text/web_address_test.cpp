#include "text/web_address.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

// Expected values come from the same substitutions in Python's re.

TEST(WebAddress, DeletesSchemes) {
  EXPECT_EQ(delete_web_addresses(U"http:/a https:////b http:%20 www://c www:d"), U"a /b 20 c ");
  EXPECT_EQ(delete_web_addresses(U"http: xhttp:/ http:\u00e9 www:"), U"http: xhttp:/ http:\u00e9 www:");
}

TEST(WebAddress, DeletesHostsWithTheirPaths) {
  EXPECT_EQ(delete_web_addresses(U"see a-b.c.org/d_\u00e9/e-f/ now"), U"see  now");
  EXPECT_EQ(delete_web_addresses(U"a.co.uk b.com.d e.community"), U".uk .d ");
  EXPECT_EQ(delete_web_addresses(U"a.com- b.it/--"), U"- --");
  EXPECT_EQ(delete_web_addresses(U"a.biz .com \u00e9a.com"), U"a.biz .com \u00e9a.com");
}

TEST(WebAddress, AnAtSignSavesAHost) {
  EXPECT_EQ(delete_web_addresses(U"a.com@b"), U"a.com@b");
  EXPECT_EQ(delete_web_addresses(U"a.com/@b a.com/c@d"), U"/@b c@d");
  EXPECT_EQ(delete_web_addresses(U"a.net.com@b"), U".com@b");
}

}  // namespace
}  // namespace odsora
