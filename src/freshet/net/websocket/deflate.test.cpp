// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/deflate.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "freshet/net/websocket/message.hpp"

namespace freshet::net {
namespace {

std::string random_text(std::size_t size, unsigned seed, unsigned letters) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('!' + random() % letters);
  return text;
}

TEST(Deflate, gives_back_what_it_was_given_with_every_window) {
  Inflater inflater;
  for (int bits = kWindowBitsMin; bits <= kWindowBitsMax; ++bits) {
    Deflater deflater(bits, 6);
    for (const std::size_t size : {0, 1, 10, 1000, 70'000}) {
      for (const unsigned letters : {2, 90}) {
        const std::string message = random_text(size, static_cast<unsigned>(bits), letters);
        EXPECT_EQ(inflater.inflate(deflater.deflate(message), size), message) << bits << ' ' << size;
      }
    }
  }
}

TEST(Deflate, gives_the_same_bytes_for_the_same_message) {
  Deflater deflater(15, 6);
  const std::string first = deflater.deflate("a message, a message");
  deflater.deflate("something else");
  EXPECT_EQ(deflater.deflate("a message, a message"), first);
}

// A small window means that nothing is referred to that lies further back.
TEST(Deflate, keeps_to_its_window) {
  const std::string block = random_text(2000, 3, 90);
  EXPECT_GT(Deflater(9, 9).deflate(block + block).size(), Deflater(15, 9).deflate(block + block).size() * 3 / 2);
}

TEST(Inflate, stops_at_its_bound) {
  Inflater inflater;
  const std::string bomb = Deflater(15, 9).deflate(std::string(20'000'000, '\0'));
  const auto inflated = inflater.inflate(bomb, 1'000'000);
  ASSERT_FALSE(inflated.has_value());
  EXPECT_EQ(inflated.error().code, CloseCode::message_too_big);
  EXPECT_EQ(inflater.inflate(bomb, 20'000'000)->size(), 20'000'000u);
  EXPECT_FALSE(inflater.inflate(bomb, 19'999'999).has_value());
  EXPECT_EQ(inflater.inflate(std::string(1, '\0'), 0), "");
}

TEST(Inflate, recovers_after_rubbish) {
  Inflater inflater;
  EXPECT_EQ(inflater.inflate("\xff\xff", 100).error().code, CloseCode::invalid_payload);
  EXPECT_EQ(inflater.inflate(Deflater(15, 1).deflate("hello hello"), 100), "hello hello");
}

// Each costs a few nanoseconds, or this would not end.
TEST(Inflate, is_not_kept_busy_by_final_blocks) {
  std::string bytes = Deflater(15, 9).deflate(std::string(900'000, 'x'));
  for (int count = 0; count < 200'000; ++count) bytes += std::string("\x03\x00", 2);
  Inflater inflater;
  const auto inflated = inflater.inflate(bytes, 1'000'000);
  if (inflated) {
    EXPECT_EQ(inflated->size(), 900'000u);
  }
}

TEST(WebSocketMessage, is_framed_once_and_compressed_once_for_each_window) {
  const std::string payload = random_text(1000, 1, 4);
  const auto message = WebSocketMessage::text(payload);
  EXPECT_EQ(message.payload(), payload);
  EXPECT_EQ(message.kind(), MessageKind::text);
  EXPECT_EQ(WebSocketMessage::binary("x").kind(), MessageKind::binary);
  Deflaters deflaters(6);
  const Block small = message.deflated(deflaters, 15);
  EXPECT_LT(small->size(), payload.size());
  EXPECT_EQ(static_cast<unsigned char>((*small)[0]), 0xc1);
  EXPECT_EQ(message.deflated(deflaters, 15), small);
  EXPECT_NE(message.deflated(deflaters, 9), message.deflated(deflaters, 15));
}

TEST(WebSocketMessage, stays_as_it_is_where_compression_gains_nothing) {
  const auto message = WebSocketMessage::text(random_text(300, 1, 90));
  Deflaters deflaters(6);
  const auto short_one = WebSocketMessage::text("x");
  EXPECT_EQ(short_one.deflated(deflaters, 15), short_one.plain());
}

TEST(WebSocketMessage, may_be_made_of_a_frame) {
  for (const std::size_t size : {0, 125, 126, 65535, 65536}) {
    const std::string payload = random_text(size, 1, 4);
    const WebSocketMessage made(WebSocketMessage::binary(payload).plain());
    EXPECT_EQ(made.payload(), payload);
    EXPECT_EQ(made.kind(), MessageKind::binary);
  }
}

}  // namespace
}  // namespace freshet::net
