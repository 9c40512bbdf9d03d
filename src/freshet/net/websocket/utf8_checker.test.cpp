// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/utf8_checker.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "freshet/codec/utf8.hpp"

namespace freshet::net {
namespace {

bool accepts(std::string_view text, std::size_t portion) {
  Utf8Checker checker;
  for (std::size_t at = 0; at < text.size(); at += portion) {
    if (!checker.feed(text.substr(at, portion))) return false;
  }
  return checker.is_complete();
}

TEST(Utf8Checker, agrees_with_the_codec_on_all_short_texts) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      for (const std::string tail : {"", "\x80", "\x80\x80", "\xbf\xbf", "x", "\xff"}) {
        const std::string text = std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        const bool valid = codec::is_utf8(text);
        ASSERT_EQ(accepts(text, text.size()), valid) << first << ' ' << second;
        ASSERT_EQ(accepts(text, 1), valid) << first << ' ' << second;
      }
    }
  }
}

TEST(Utf8Checker, agrees_with_the_codec_on_long_texts) {
  std::mt19937 random(7);
  const std::string pieces[] = {
      "ascii only, and more than a word", "\xce\xba", "\xe1\xbd\xb9", "\xf0\x9f\x8c\x8a", "x", "\xc3", "\xed\xa0\x80"};
  for (int count = 0; count < 5000; ++count) {
    std::string text;
    const std::size_t kinds = count % 2 == 0 ? 5 : 7;
    for (std::size_t parts = 1 + random() % 12; parts > 0; --parts) text += pieces[random() % kinds];
    ASSERT_EQ(accepts(text, 1 + random() % text.size()), codec::is_utf8(text)) << text;
  }
}

TEST(Utf8Checker, fails_at_the_first_byte_that_nothing_could_mend) {
  Utf8Checker checker;
  EXPECT_TRUE(checker.feed("12345678 \xf4"));
  EXPECT_FALSE(checker.is_complete());
  EXPECT_FALSE(checker.feed("\x90"));
}

}  // namespace
}  // namespace freshet::net
