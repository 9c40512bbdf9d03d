// SPDX-License-Identifier: MIT
#include "freshet/net/client/internal/response_parser.hpp"

#include <string>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

struct Parsed {
  explicit Parsed(std::string_view bytes, const ResponseLimits& limits = {}, bool to_head_request = false)
      : parser(limits, to_head_request) {
    taken = parser.feed(bytes, body);
  }
  std::string fault() const { return parser.fault() ? parser.fault()->detail : ""; }

  ResponseParser parser;
  std::string body;
  std::size_t taken = 0;
};

TEST(ResponseParser, gives_a_body_as_it_comes) {
  // [parser]
  ResponseParser parser;
  std::string body;
  parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chu", body);
  EXPECT_FALSE(parser.head_complete());
  parser.feed("nked\r\n\r\n5\r\nhel", body);
  EXPECT_EQ(parser.head().status, 200);
  EXPECT_EQ(body, "hel");
  parser.feed("lo\r\n0\r\n\r\n", body);
  EXPECT_EQ(body, "hello");
  EXPECT_TRUE(parser.complete());
  // [/parser]
}

TEST(ResponseParser, knows_where_an_answer_ends) {
  const Parsed sized("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, dear");
  EXPECT_TRUE(sized.parser.complete());
  EXPECT_EQ(sized.body, "hello");
  Parsed to_end("HTTP/1.0 200\r\n\r\nhello");
  EXPECT_FALSE(to_end.parser.complete());
  to_end.parser.end();
  EXPECT_TRUE(to_end.parser.complete());
  for (const char* bodiless : {"HTTP/1.1 204 No Content\r\n\r\nx", "HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\nx",
                               "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx"}) {
    const Parsed parsed(bodiless);
    EXPECT_TRUE(parsed.parser.complete()) << bodiless;
    EXPECT_EQ(parsed.body, "");
  }
  EXPECT_TRUE(Parsed("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", {}, true).parser.complete());
}

TEST(ResponseParser, passes_over_interim_answers_but_not_for_ever) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nLink: </a>\r\n\r\n";
  const Parsed two(interim + interim + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(two.parser.head().status, 200);
  EXPECT_EQ(two.parser.head().headers.size(), 1U);
  EXPECT_EQ(two.body, "x");
  std::string many;
  for (int i = 0; i <= ResponseParser::kInterimMax; ++i) many += interim;
  EXPECT_EQ(Parsed(many).fault(), "too many interim answers come before it");
}

TEST(ResponseParser, refuses_what_could_be_read_in_two_ways) {
  const auto of = [](const std::string& fields) { return Parsed("HTTP/1.1 200 OK\r\n" + fields + "\r\n").fault(); };
  EXPECT_EQ(of("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "it has a transfer coding beside a length");
  EXPECT_EQ(of("Content-Length: 5\r\nContent-Length: 5\r\n"), "its length is given twice");
  EXPECT_EQ(of("Content-Length: 5, 5\r\n"), "its length is not a number");
  EXPECT_EQ(of("Content-Length: +5\r\n"), "its length is not a number");
  EXPECT_EQ(of("Content-Length: 18446744073709551616\r\n"), "its length is not a number");
  EXPECT_EQ(of("Transfer-Encoding: gzip, chunked\r\n"), "its transfer coding is not chunked alone");
  EXPECT_EQ(of("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "its transfer coding is not chunked alone");
  EXPECT_EQ(of("A: b\r\n c\r\n"), "a line of its head begins with white space");
  EXPECT_EQ(of("A : b\r\n"), "a line of its head is not a field");
  EXPECT_EQ(of("nonsense\r\n"), "a line of its head is not a field");
  EXPECT_EQ(of("A: b\n"), "a line of its head ends without CR");
  EXPECT_EQ(of("A: b\rc\r\n"), "a CR in its head is not followed by LF");
  EXPECT_EQ(of(std::string("A: b\0c\r\n", 8)), "its head contains a control character");
  EXPECT_EQ(of("Content-Encoding: gzip\r\n"), "its body is encoded, which was not asked for");
  EXPECT_EQ(Parsed("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").fault(),
            "HTTP/1.0 knows no transfer coding");
  EXPECT_EQ(Parsed("HTTP/1.1 101 Switching\r\n\r\n").fault(), "it switches to a protocol that nobody asked for");
}

TEST(ResponseParser, refuses_what_is_no_answer) {
  for (const char* line : {"HTTP/2 200", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099 X", "HTTP/1.1  200 OK",
                           "ICY 200", "", "HTTP/1.x 200 OK", "HTTP/1.1 200OK"}) {
    EXPECT_NE(Parsed(std::string(line) + "\r\n\r\n").fault(), "") << line;
  }
}

TEST(ResponseParser, keeps_to_its_limits) {
  const ResponseLimits limits{.head_bytes_max = 60, .header_fields_max = 2, .body_bytes_max = 4};
  const auto code = [&](const std::string& bytes) {
    const Parsed parsed(bytes, limits);
    return parsed.parser.fault() ? parsed.parser.fault()->code : ErrorCode::internal;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(code(ok + std::string(60, 'a')), ErrorCode::too_large);
  EXPECT_EQ(code(ok + "A: b\r\nA: b\r\nA: b\r\n\r\n"), ErrorCode::too_large);
  EXPECT_EQ(code(ok + "Content-Length: 5\r\n\r\n"), ErrorCode::too_large);
  EXPECT_EQ(code(ok + "\r\nhello"), ErrorCode::too_large);
  EXPECT_EQ(code(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), ErrorCode::too_large);
  EXPECT_EQ(code(ok + "Content-Length: 4\r\n\r\nwell"), ErrorCode::internal);
}

TEST(ResponseParser, says_that_an_answer_was_cut_off) {
  for (const char* part :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"}) {
    Parsed parsed(part);
    EXPECT_FALSE(parsed.parser.fault());
    parsed.parser.end();
    EXPECT_TRUE(parsed.parser.fault().has_value()) << part;
  }
}

}  // namespace
}  // namespace freshet::net
