// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/frame.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/net/websocket/testing/frames.hpp"

namespace freshet::net {
namespace {

std::string framed(FrameStart start, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, start, payload);
  return bytes;
}

// The examples of RFC 6455 section 5.7.
TEST(Frame, is_written_as_the_standard_shows) {
  EXPECT_EQ(framed({}, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(testing::text("Hello"), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(framed({.opcode = Opcode::text, .is_final = false}, "Hel"), "\x01\x03Hel");
  EXPECT_EQ(framed({.opcode = Opcode::continuation}, "lo"), "\x80\x02lo");
  EXPECT_EQ(framed({.opcode = Opcode::ping}, "Hello"), "\x89\x05Hello");
  EXPECT_EQ(testing::pong("Hello"), "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  const std::string medium(256, 'x');
  EXPECT_EQ(framed({.opcode = Opcode::binary}, medium), std::string("\x82\x7e\x01\x00", 4) + medium);
  const std::string large(65536, 'x');
  EXPECT_EQ(framed({.opcode = Opcode::binary}, large),
            std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10) + large);
}

TEST(Frame, has_the_bit_of_compression_where_it_is_compressed) {
  EXPECT_EQ(framed({.opcode = Opcode::text, .is_compressed = true}, "x"), "\xc1\x01x");
}

TEST(Frame, has_the_shortest_length) {
  EXPECT_EQ(framed({}, std::string(125, 'x')).size(), 127u);
  EXPECT_EQ(framed({}, std::string(126, 'x')).size(), 130u);
  EXPECT_EQ(framed({}, std::string(65535, 'x')).size(), 65539u);
  EXPECT_EQ(framed({}, std::string(65536, 'x')).size(), 65546u);
}

TEST(Mask, is_undone_by_itself_from_any_offset) {
  std::string plain;
  for (int at = 0; at < 100; ++at) plain += static_cast<char>(at * 7);
  std::string whole = plain;
  apply_mask(whole, testing::kMask);
  for (std::size_t at = 0; at < plain.size(); ++at)
    EXPECT_EQ(whole[at], static_cast<char>(plain[at] ^ testing::kMask[at % 4]));
  for (std::size_t cut = 0; cut <= plain.size(); ++cut) {
    std::string bytes = whole;
    apply_mask(std::span(bytes).first(cut), testing::kMask);
    apply_mask(std::span(bytes).subspan(cut), testing::kMask, cut);
    EXPECT_EQ(bytes, plain) << cut;
  }
}

TEST(ClosePayload, holds_code_and_reason) {
  EXPECT_EQ(close_payload(CloseCode::normal, ""), "\x03\xe8");
  EXPECT_EQ(close_payload(CloseCode::going_away, "bye"),
            "\x03\xe9"
            "bye");
  EXPECT_EQ(close_payload(CloseCode::no_status, ""), "");
  EXPECT_EQ(close_payload(static_cast<CloseCode>(4001), ""), "\x0f\xa1");
}

TEST(ClosePayload, cuts_a_reason_between_characters) {
  EXPECT_EQ(close_payload(CloseCode::normal, std::string(200, 'x')).size(), 125u);
  std::string greek = "x";
  for (int count = 0; count < 100; ++count) greek += "\xce\xba";
  const std::string payload = close_payload(CloseCode::normal, greek);
  EXPECT_EQ(payload.size(), 125u);
  EXPECT_EQ(payload.substr(2), greek.substr(0, 123));
  EXPECT_EQ(close_payload(CloseCode::normal, greek.substr(1)).size(), 124u);
}

TEST(CloseCodes, may_be_sent_where_the_standard_says_so) {
  for (unsigned number = 0; number <= 65535; ++number) {
    const bool reserved = number == 1004 || number == 1005 || number == 1006 || number >= 1015;
    const bool expected = (number >= 1000 && number < 3000 && !reserved) || (number >= 3000 && number <= 4999);
    ASSERT_EQ(may_be_sent(static_cast<CloseCode>(number)), expected) << number;
  }
}

}  // namespace
}  // namespace freshet::net
