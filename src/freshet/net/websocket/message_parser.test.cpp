// SPDX-License-Identifier: MIT
// What clients may and may not send, as cases by category. Each is parsed whole, byte by byte, and in random portions.
#include "freshet/net/websocket/message_parser.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/websocket/deflate.hpp"
#include "freshet/net/websocket/testing/frames.hpp"
#include "freshet/net/websocket/testing/transcript.hpp"

namespace freshet::net {
namespace {

using testing::binary;
using testing::close;
using testing::first;
using testing::last;
using testing::masked;
using testing::more;
using testing::parse_in_all_ways;
using testing::ParseOptions;
using testing::ping;
using testing::pong;
using testing::raw_close;
using testing::text;
using testing::with_bits;

using Lines = std::vector<std::string>;

struct Case {
  std::string name;
  std::string bytes;
  Lines expected;
};

constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kRsv2 = 0x20;
constexpr unsigned kRsv3 = 0x10;
constexpr unsigned kFin = 0x80;

void check(const std::vector<Case>& cases, const ParseOptions& options = {}) {
  unsigned seed = 0;
  for (const Case& each : cases) EXPECT_EQ(parse_in_all_ways(each.bytes, options, ++seed), each.expected) << each.name;
}

// A head of `length` in the form of `form` (126 or 127), masked with zeros, without its payload.
std::string head(unsigned char opcode, unsigned char form, std::uint64_t length) {
  std::string bytes{static_cast<char>(0x80U | opcode), static_cast<char>(0x80U | form)};
  const unsigned size = form == 126 ? 2 : form == 127 ? 8 : 0;
  for (unsigned at = size; at > 0; --at) bytes += static_cast<char>(length >> (8 * (at - 1)));
  return bytes + std::string(4, '\0');
}

std::string code(unsigned number, const std::string& reason = {}) {
  return std::string{static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)} + reason;
}

std::string deflated(std::string_view message) { return Deflater(15, 6).deflate(message); }
std::string compressed(std::string_view payload, Opcode opcode = Opcode::text, bool is_final = true) {
  return masked({.opcode = opcode, .is_final = is_final, .is_compressed = true}, payload);
}

TEST(MessageParser, takes_frames_of_every_length) {
  std::vector<Case> cases;
  for (const std::size_t size : {0, 1, 2, 124, 125, 126, 127, 128, 1000, 65535, 65536, 65537, 100'000}) {
    const std::string payload(size, 'x');
    cases.push_back({"text of " + std::to_string(size), text(payload), {"text:" + payload}});
    cases.push_back({"binary of " + std::to_string(size), binary(payload), {"binary:" + payload}});
  }
  ParseOptions options;
  options.limits.message_bytes_max = 100'000;
  check(cases, options);
}

TEST(MessageParser, takes_messages_that_follow_each_other) {
  std::string bytes;
  Lines expected;
  for (int at = 0; at < 50; ++at) {
    bytes += text(std::to_string(at));
    expected.push_back("text:" + std::to_string(at));
  }
  check({{"fifty texts", bytes, expected}});
}

TEST(MessageParser, refuses_frames_that_are_not_masked_as_the_role_demands) {
  std::string plain;
  append_frame(plain, {.opcode = Opcode::text}, "hello");
  check({{"not masked", plain, {"fail:1002"}}, {"then masked", plain + text("hello"), {"fail:1002"}}});
  const ParseOptions client{.role = WebSocketRole::client};
  check({{"from a server", plain, {"text:hello"}}, {"masked by a server", text("hello"), {"fail:1002"}}}, client);
}

TEST(MessageParser, refuses_lengths_that_are_longer_than_they_need_be) {
  check({{"5 in 16 bits", head(1, 126, 5) + "hello", {"fail:1002"}},
         {"125 in 16 bits", head(1, 126, 125) + std::string(125, 'x'), {"fail:1002"}},
         {"126 in 16 bits", head(1, 126, 126) + std::string(126, 'x'), {"text:" + std::string(126, 'x')}},
         {"5 in 64 bits", head(1, 127, 5) + "hello", {"fail:1002"}},
         {"65535 in 64 bits", head(1, 127, 65535), {"fail:1002"}},
         {"the highest bit of 64", head(2, 127, std::uint64_t{1} << 63U), {"fail:1002"}},
         {"all bits of 64", head(2, 127, ~std::uint64_t{0}), {"fail:1002"}}});
}

TEST(MessageParser, reports_pings_and_pongs) {
  const std::string full(125, 'p');
  check({{"empty ping", ping(), {"ping:"}},
         {"ping with payload", ping("are you there"), {"ping:are you there"}},
         {"ping that is no text", ping("\xff\xfe"), {"ping:\xff\xfe"}},
         {"longest ping", ping(full), {"ping:" + full}},
         {"ping too long", head(9, 126, 126) + std::string(126, 'p'), {"fail:1002"}},
         {"ping in 64 bits", head(9, 127, 70'000), {"fail:1002"}},
         {"pong nobody asked for", pong("x"), {"pong:x"}},
         {"ten pings",
          [] {
            std::string bytes;
            for (int count = 0; count < 10; ++count) bytes += ping("p");
            return bytes;
          }(),
          Lines(10, "ping:p")}});
}

TEST(MessageParser, refuses_reserved_bits) {
  std::vector<Case> cases;
  for (const unsigned bits : {kRsv1, kRsv2, kRsv3, kRsv1 | kRsv2, kRsv2 | kRsv3, kRsv1 | kRsv2 | kRsv3}) {
    for (const std::string& frame : {text("x"), binary("x"), ping("x"), close(), first("x")}) {
      cases.push_back({"bits " + std::to_string(bits),
                       text("before") + with_bits(frame, bits) + text("after"),
                       {"text:before", "fail:1002"}});
    }
  }
  check(cases);
}

TEST(MessageParser, refuses_opcodes_that_nobody_knows) {
  std::vector<Case> cases;
  for (const unsigned char opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    cases.push_back({"opcode " + std::to_string(opcode), head(opcode, 0, 0) + text("after"), {"fail:1002"}});
  }
  check(cases);
}

TEST(MessageParser, puts_fragments_together) {
  check({{"two", first("hello ") + last("world"), {"text:hello world"}},
         {"three", first("a") + more("b") + last("c"), {"text:abc"}},
         {"binary", first("a", Opcode::binary) + last("b"), {"binary:ab"}},
         {"empty ones", first("") + more("") + last(""), {"text:"}},
         {"an empty one first", first("") + last("x"), {"text:x"}},
         {"an empty one last", first("x") + last(""), {"text:x"}},
         {"a ping between", first("a") + ping("p") + last("b"), {"ping:p", "text:ab"}},
         {"pings and pongs between",
          first("a") + ping("1") + pong("2") + more("b") + ping() + last("c"),
          {"ping:1", "pong:2", "ping:", "text:abc"}},
         {"a close between", first("a") + close() + last("b"), {"close:1000:"}},
         {"two messages", first("a") + last("b") + first("c") + last("d"), {"text:ab", "text:cd"}}});
}

TEST(MessageParser, refuses_fragments_out_of_order) {
  check({{"nothing to continue", last("x"), {"fail:1002"}},
         {"nothing to go on with", more("x"), {"fail:1002"}},
         {"continued after its end", text("x") + last("y"), {"text:x", "fail:1002"}},
         {"a text inside a text", first("a") + text("b"), {"fail:1002"}},
         {"a binary inside a text", first("a") + binary("b"), {"fail:1002"}},
         {"a second beginning", first("a") + first("b"), {"fail:1002"}},
         {"a ping in parts", with_bits(ping("x"), kFin), {"fail:1002"}},
         {"a close in parts", with_bits(close(), kFin), {"fail:1002"}}});
}

TEST(MessageParser, takes_text_that_is_utf8_however_it_is_cut) {
  const std::string sample = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5 \xf0\x9f\x8c\x8a \xef\xbf\xbf";
  std::vector<Case> cases = {
      {"whole", text(sample), {"text:" + sample}},
      {"the last code point", text("\xf4\x8f\xbf\xbf"), {"text:\xf4\x8f\xbf\xbf"}},
      {"around the surrogates", text("\xed\x9f\xbf\xee\x80\x80"), {"text:\xed\x9f\xbf\xee\x80\x80"}},
      {"a byte-order mark", text("\xef\xbb\xbf"), {"text:\xef\xbb\xbf"}},
      {"NUL", text(std::string(1, '\0')), {"text:" + std::string(1, '\0')}}};
  for (std::size_t cut = 0; cut <= sample.size(); ++cut) {
    cases.push_back({"cut at " + std::to_string(cut),
                     first(sample.substr(0, cut)) + ping() + last(sample.substr(cut)),
                     {"ping:", "text:" + sample}});
  }
  check(cases);
}

TEST(MessageParser, refuses_text_that_is_not_utf8) {
  const std::vector<std::string> broken = {"\x80",
                                           "\xbf",
                                           "\xc0\xaf",
                                           "\xc1\x81",
                                           "\xc2",
                                           "\xc2x",
                                           "\xe0\x80\x80",
                                           "\xe0\x9f\xbf",
                                           "\xe1\x80",
                                           "\xed\xa0\x80",
                                           "\xed\xbf\xbf",
                                           "\xf0\x80\x80\x80",
                                           "\xf0\x8f\xbf\xbf",
                                           "\xf0\x90\x80",
                                           "\xf4\x90\x80\x80",
                                           "\xf5\x80\x80\x80",
                                           "\xf8\x88\x80\x80\x80",
                                           "\xfe",
                                           "\xff",
                                           "12345678\xff",
                                           "1234567\xc3"};
  std::vector<Case> cases;
  for (const std::string& bytes : broken) {
    cases.push_back({"alone", text(bytes), {"fail:1007"}});
    cases.push_back({"behind good text", text("good " + bytes), {"fail:1007"}});
    cases.push_back({"in fragments", first("good ") + last(bytes), {"fail:1007"}});
    cases.push_back({"as binary", binary(bytes), {"binary:" + bytes}});
  }
  check(cases);
}

TEST(MessageParser, refuses_text_at_the_first_byte_that_nothing_could_mend) {
  // Half of a frame that says it is longer, and of a message that goes on.
  const std::string half = text("ok \xf4\x90" + std::string(100, 'x')).substr(0, 6 + 5);
  check({{"in half a frame", half, {"fail:1007"}}, {"in the first fragment", first("\xce\xff"), {"fail:1007"}}});
  EXPECT_TRUE(testing::parse_in_portions(half.substr(0, half.size() - 1), {1}, {}).empty());
}

TEST(MessageParser, reports_how_the_other_end_closes) {
  const std::string longest(123, 'r');
  std::vector<Case> cases = {{"without a code", raw_close(""), {"close:1005:"}},
                             {"with a reason", close(CloseCode::going_away, "bye"), {"close:1001:bye"}},
                             {"with the longest reason", raw_close(code(1000, longest)), {"close:1000:" + longest}},
                             {"and goes on talking", close() + text("x") + ping() + close(), {"close:1000:"}},
                             {"and breaks the rules then", close() + "\xff\xff\xff", {"close:1000:"}},
                             {"half a code", raw_close("\x03"), {"fail:1002"}},
                             {"too long", head(8, 126, 126) + std::string(126, 'r'), {"fail:1002"}},
                             {"a reason that is not UTF-8", raw_close(code(1000, "\xce\xba\xff")), {"fail:1007"}},
                             {"a reason cut in a character", raw_close(code(1000, "\xce")), {"fail:1007"}}};
  for (const unsigned number :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    cases.push_back({"code", raw_close(code(number)), {"close:" + std::to_string(number) + ":"}});
  }
  for (const unsigned number : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    cases.push_back({"code " + std::to_string(number), raw_close(code(number)), {"fail:1002"}});
  }
  check(cases);
}

TEST(MessageParser, bounds_messages_before_their_bytes_arrive) {
  const std::string most(1024, 'x');
  check({{"as long as may be", text(most), {"text:" + most}},
         {"a byte longer", text(most + "x"), {"fail:1009"}},
         {"claims 64 bits", head(2, 127, std::uint64_t{1} << 62U), {"fail:1009"}},
         {"claims 16 bits", head(2, 126, 1025), {"fail:1009"}},
         {"as long in fragments", first(most) + last(""), {"text:" + most}},
         {"a byte longer in fragments", first(most) + last("x"), {"fail:1009"}},
         {"a control frame does not count", first(most) + ping("p") + last(""), {"ping:p", "text:" + most}}});
}

TEST(MessageParser, bounds_the_fragments_of_a_message) {
  const auto fragments = [](int count) {
    std::string bytes = first("a");
    for (int at = 2; at < count; ++at) bytes += more("b");
    return bytes + last("c");
  };
  check({{"as many as may be",
          fragments(16) + fragments(16),
          {"text:a" + std::string(14, 'b') + "c", "text:a" + std::string(14, 'b') + "c"}},
         {"one more", fragments(17), {"fail:1008"}},
         {"empty ones without end",
          [] {
            std::string bytes = first("");
            for (int count = 0; count < 100; ++count) bytes += more("");
            return bytes;
          }(),
          {"fail:1008"}}});
}

TEST(MessageParser, keeps_nothing_between_messages) {
  MessageParser parser(WebSocketRole::server);
  testing::Transcript transcript;
  std::string bytes = first(std::string(500, 'x'));
  const MessageLimits limits;
  EXPECT_FALSE(parser.feed(bytes, limits, nullptr, transcript));
  EXPECT_FALSE(parser.is_idle());
  EXPECT_GE(parser.held_bytes(), 500u);
  bytes = last("y") + ping("pp").substr(0, 7);
  EXPECT_FALSE(parser.feed(bytes, limits, nullptr, transcript));
  EXPECT_LT(parser.held_bytes(), 64u);
  EXPECT_FALSE(parser.is_idle());
  bytes = text("z");
  MessageParser other(WebSocketRole::server);
  EXPECT_FALSE(other.feed(bytes, limits, nullptr, transcript));
  EXPECT_TRUE(other.is_idle());
  EXPECT_LT(other.held_bytes(), 64u);
}

TEST(MessageParser, stops_when_it_is_told_to) {
  struct Impatient final : MessageSink {
    bool on_message(MessageKind, std::string_view) override { return ++count < 2; }
    bool on_ping(std::string_view) override { return true; }
    bool on_pong(std::string_view) override { return true; }
    void on_close(CloseCode, std::string_view) override { ++count; }
    int count = 0;
  } sink;
  MessageParser parser(WebSocketRole::server);
  std::string bytes = text("1") + text("2") + text("3") + close();
  EXPECT_FALSE(parser.feed(bytes, {}, nullptr, sink));
  EXPECT_EQ(sink.count, 2);
}

struct DeflatedMessages : ::testing::Test {
  const ParseOptions options{.deflate = true};
};

TEST_F(DeflatedMessages, are_inflated) {
  const std::string sample = "to be compressed, to be compressed, to be compressed";
  const std::string small = deflated(sample);
  ASSERT_LT(small.size(), sample.size());
  const std::string greek = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
  check({{"one frame", compressed(small), {"text:" + sample}},
         {"binary", compressed(small, Opcode::binary), {"binary:" + sample}},
         {"fragments",
          compressed(small.substr(0, 5), Opcode::text, false) + ping("p") + more(small.substr(5, 9)) +
              last(small.substr(14)),
          {"ping:p", "text:" + sample}},
         {"an empty last fragment", compressed(small, Opcode::text, false) + last(""), {"text:" + sample}},
         {"not compressed all the same", text(sample), {"text:" + sample}},
         {"an empty message", compressed(std::string(1, '\0')), {"text:"}},
         {"no bytes at all", compressed(""), {"text:"}},
         {"several in turn",
          compressed(small) + compressed(small) + text("x"),
          {"text:" + sample, "text:" + sample, "text:x"}},
         {"a character cut by a frame",
          compressed(deflated(greek).substr(0, 3), Opcode::text, false) + last(deflated(greek).substr(3)),
          {"text:" + greek}}},
        options);
}

// The examples of RFC 7692 section 7.2.3.
TEST_F(DeflatedMessages, are_inflated_whatever_blocks_they_are_made_of) {
  const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0');
  const std::string stored = std::string("\x00\x05\x00\xfa\xff", 5) + "Hello" + std::string(1, '\0');
  const std::string final_block = "\xf3\x48\xcd\xc9\xc9\x07" + std::string(2, '\0');
  const std::string two_blocks =
      "\xf2\x48\x05" + std::string(3, '\0') + "\xff\xff\xca\xc9\xc9\x07" + std::string(1, '\0');
  check({{"a block", compressed(hello), {"text:Hello"}},
         {"a block that is not compressed", compressed(stored), {"text:Hello"}},
         {"a final block", compressed(final_block), {"text:Hello"}},
         {"two blocks", compressed(two_blocks), {"text:Hello"}}},
        options);
}

TEST_F(DeflatedMessages, are_refused_where_the_bit_does_not_belong) {
  const std::string small = deflated("hello hello hello");
  check({{"a ping", with_bits(ping("x"), kRsv1), {"fail:1002"}},
         {"a close", with_bits(close(), kRsv1), {"fail:1002"}},
         {"a continuation",
          compressed(small.substr(0, 4), Opcode::text, false) + with_bits(last(small.substr(4)), kRsv1),
          {"fail:1002"}},
         {"other bits beside it", with_bits(compressed(small), kRsv2), {"fail:1002"}},
         {"other bits alone", with_bits(text("x"), kRsv3), {"fail:1002"}}},
        options);
}

TEST_F(DeflatedMessages, are_refused_when_they_are_no_deflate_stream_or_no_text) {
  check({{"rubbish", compressed("\xff\xff\xff\xff"), {"fail:1007"}},
         {"a reference to what is not there", compressed("\x03\x02"), {"fail:1007"}},
         {"not UTF-8 inside", compressed(deflated("good \xff")), {"fail:1007"}},
         {"not UTF-8 inside, as binary", compressed(deflated("good \xff"), Opcode::binary), {"binary:good \xff"}}},
        options);
}

TEST_F(DeflatedMessages, are_bounded_by_what_they_inflate_to) {
  const std::string most(1024, 'x');
  const std::string bomb = deflated(std::string(10'000'000, 'x'));
  ASSERT_LT(bomb.size(), 12'000u);
  ParseOptions roomy = options;
  roomy.limits.message_bytes_max = 20'000;
  check({{"as long as may be", compressed(deflated(most)), {"text:" + most}},
         {"a byte longer", compressed(deflated(most + "x")), {"fail:1009"}},
         {"too long even so", compressed(bomb), {"fail:1009"}}},
        options);
  check({{"a bomb", compressed(bomb), {"fail:1009"}}}, roomy);
  // Empty blocks inflate to nothing, however many there are.
  const std::string nothing(5, '\0');
  std::string blocks;
  for (int count = 0; count < 400; ++count) blocks += std::string("\x00\x00\x00\xff\xff", 5);
  check({{"empty blocks", compressed(blocks), {"fail:1009"}}}, options);
}

}  // namespace
}  // namespace freshet::net
