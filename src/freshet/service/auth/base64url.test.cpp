// SPDX-License-Identifier: MIT
#include "freshet/service/auth/base64url.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace freshet::auth {
namespace {

TEST(Base64url, writes_the_texts_of_rfc_4648) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foob"), "Zm9vYg");
  EXPECT_EQ(base64url_encode("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64url, reads_back_what_it_wrote) {
  std::minstd_rand random(4);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (std::size_t at = 0; at < size; ++at) bytes += static_cast<char>(random());
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
}

TEST(Base64url, gives_each_value_one_text) {
  for (const char* text : {"Zg==", "Zm8=", "Z", "Zm9vY", " Zg", "Zg\n", "Zm9v+", "Zm9/", "Zm.v", "Zh", "Zm9", "Z_"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64url_decode(std::string("Z\0v", 3)), std::nullopt);
}

}  // namespace
}  // namespace freshet::auth
