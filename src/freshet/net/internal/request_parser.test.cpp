// SPDX-License-Identifier: MIT
#include "freshet/net/internal/request_parser.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using State = RequestParser::State;

// Feeds `bytes` in portions of `size`, as a connection does; returns what is left over.
std::string feed(RequestParser& parser, const std::string& bytes, std::size_t size) {
  std::string input;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    input += bytes.substr(at, size);
    while (const std::size_t taken = parser.feed(input)) input.erase(0, taken);
  }
  return input;
}

std::string chunked(const std::string& chunks) {
  return "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

int status_of(const std::string& bytes, const RequestLimits& limits = {}) {
  int first = -1;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    RequestParser parser(limits);
    feed(parser, bytes, size);
    const int status = parser.state() == State::failed ? parser.fault().status : 0;
    EXPECT_TRUE(parser.state() == State::failed || parser.state() == State::complete) << bytes;
    if (size == 1) first = status;
    EXPECT_EQ(status, first) << bytes << " in portions of " << size;
  }
  return first;
}

TEST(RequestParser, reads_a_request_the_same_in_portions_of_any_size) {
  const std::string bytes =
      "PATCH /v1/inputs/limits?dry=1 HTTP/1.1\r\nHost: a\r\nX-A:  b c \r\nx-a: d\r\nContent-Length: 5\r\n\r\nhellorest";
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    RequestParser parser({});
    EXPECT_EQ(feed(parser, bytes, size), "rest");
    ASSERT_EQ(parser.state(), State::complete);
    EXPECT_EQ(parser.request().method, Method::patch);
    EXPECT_EQ(parser.request().path, "/v1/inputs/limits");
    EXPECT_EQ(parser.request().query, "dry=1");
    EXPECT_EQ(parser.request().header("X-a"), "b c");
    EXPECT_EQ(parser.request().headers.size(), 4u);
    EXPECT_EQ(parser.request().body, "hello");
  }
}

TEST(RequestParser, reads_chunks_and_drops_their_trailers) {
  const std::string bytes =
      chunked("5;x=y\r\nhello\r\n00b\r\n, dear\r\n\r\nx\r\n0\r\nHost: evil\r\nX-T: y\r\n\r\nrest");
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    RequestParser parser({});
    EXPECT_EQ(feed(parser, bytes, size), "rest");
    ASSERT_EQ(parser.state(), State::complete) << size;
    EXPECT_EQ(parser.request().body, "hello, dear\r\n\r\nx");
    EXPECT_EQ(parser.request().headers.size(), 2u);
  }
}

TEST(RequestParser, takes_absolute_targets_for_their_path) {
  const auto path_of = [](const std::string& target) {
    RequestParser parser({});
    feed(parser, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 1000);
    return parser.state() == State::complete ? parser.request().path + "|" + parser.request().query : "?";
  };
  EXPECT_EQ(path_of("http://b.example:80/c/d?e"), "/c/d|e");
  EXPECT_EQ(path_of("HTTP://b.example"), "/|");
  EXPECT_EQ(path_of("http://b.example?e"), "/|e");
  EXPECT_EQ(path_of("/c?next=http://d/"), "/c|next=http://d/");
  EXPECT_EQ(path_of("//c"), "//c|");
}

TEST(RequestParser, refuses_malformed_chunks_at_once) {
  const std::vector<std::string> refused = {
      "x",
      "\r",
      "-1",
      "+1",
      "0x",
      "1 ",
      " 1",
      "\t",
      ";a",
      "1\n",
      "1\r\r",
      "1;\r",
      "1;=",
      "1; a",
      "1;a\n",
      "1;a=\"\x01",
      "1\r\nab",
      "1\r\na\n",
      "1\r\na\r\r",
      "0\r\n :",
      "0\r\n:",
      "0\r\nX ",
      "0\r\nX\r",
      "0\r\nX: y\n",
      "0\r\nX: y\r\r",
      "0\r\n\n",
      "0\r\n\r\r",
      "00000000000000001",
  };
  for (const std::string& chunks : refused) EXPECT_EQ(status_of(chunked(chunks)), 400) << chunks;
}

TEST(RequestParser, refuses_unknown_methods) {
  EXPECT_EQ(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
}

TEST(RequestParser, refuses_bodies_over_the_limit_before_they_arrive) {
  const RequestLimits limits{.head = {}, .body_bytes_max = 10};
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", limits), 0);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", limits), 413);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n", limits), 413);
  EXPECT_EQ(status_of(chunked("5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n"), limits), 0);
  EXPECT_EQ(status_of(chunked("5\r\nabcde\r\n6\r\n"), limits), 413);
  EXPECT_EQ(status_of(chunked("ffffffffffffffff\r\n"), limits), 413);
}

TEST(RequestParser, bounds_the_framing_of_chunks) {
  RequestParser extension({});
  feed(extension, chunked("1;x=" + std::string(10'000, 'a')), 100);
  EXPECT_EQ(extension.state(), State::failed);
  RequestParser trailers({});
  feed(trailers, chunked("0\r\nX: " + std::string(10'000, 'a')), 100);
  EXPECT_EQ(trailers.state(), State::failed);
  std::string many;
  for (int count = 0; count < 1000; ++count) many += "1;x=abcdef\r\na\r\n";
  RequestParser extensions({});
  feed(extensions, chunked(many), 100);
  EXPECT_EQ(extensions.state(), State::failed);
}

}  // namespace
}  // namespace freshet::net
