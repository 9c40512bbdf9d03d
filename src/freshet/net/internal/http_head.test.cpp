// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http_head.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using State = HeadScanner::State;

// A head is the same whatever its portions: all at once, byte by byte, and cut in two anywhere.
HeadCheck scan_in_portions(const std::string& bytes, const HeadLimits& limits) {
  HeadScanner scanner(limits);
  State state = State::need_more;
  for (std::size_t size = 1; size <= bytes.size(); ++size)
    state = scanner.scan(std::string_view(bytes).substr(0, size));
  HeadCheck check;
  check.state = state;
  if (state == State::done) check.facts = scanner.facts();
  if (state == State::failed) check.fault = scanner.fault();
  return check;
}

HeadCheck check(const std::string& bytes, const HeadLimits& limits = {}) {
  const HeadCheck whole = check_http_head(bytes, limits);
  const HeadCheck portions = scan_in_portions(bytes, limits);
  EXPECT_EQ(whole.state, portions.state) << bytes;
  EXPECT_EQ(whole.fault.status, portions.fault.status) << bytes;
  EXPECT_EQ(whole.facts.head_bytes, portions.facts.head_bytes) << bytes;
  return whole;
}

int status_of(const std::string& bytes, const HeadLimits& limits = {}) {
  const HeadCheck result = check(bytes, limits);
  EXPECT_NE(result.state, State::need_more) << bytes;
  EXPECT_EQ(result.state == State::failed, !result.fault.reason.empty());
  return result.fault.status;
}

std::string with_fields(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

TEST(HttpHead, takes_a_plain_request) {
  const std::string bytes = with_fields("") + "body";
  const HeadCheck result = check(bytes);
  EXPECT_EQ(result.state, State::done);
  EXPECT_EQ(result.facts.head_bytes, bytes.size() - 4);
  EXPECT_EQ(result.facts.minor_version, 1);
  EXPECT_TRUE(result.facts.keep_alive);
  EXPECT_FALSE(result.facts.chunked);
  EXPECT_FALSE(result.facts.content_length.has_value());
}

TEST(HttpHead, waits_for_the_rest_of_every_prefix) {
  const std::string bytes = with_fields("Accept: x\r\n");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(check_http_head(std::string_view(bytes).substr(0, size)).state, State::need_more) << size;
  }
}

TEST(HttpHead, tolerates_one_empty_line_before_the_request) {
  const HeadCheck result = check("\r\n" + with_fields(""));
  EXPECT_EQ(result.state, State::done);
  EXPECT_EQ(result.facts.begin, 2u);
  EXPECT_EQ(status_of("\r\n\r\n" + with_fields("")), 400);
}

TEST(HttpHead, accepts_what_is_well_formed) {
  const std::vector<std::string> accepted = {
      with_fields("X: \r\n"),
      with_fields("X:y\r\n"),
      with_fields("X: \t a b \t\r\n"),
      with_fields("X: caf\xc3\xa9 \xff\r\n"),
      with_fields("!#$%&'*+-.^_`|~09azAZ: x\r\n"),
      with_fields("Content-Length: 0\r\n"),
      with_fields("Content-Length: 18446744073709551615\r\n"),
      with_fields("Transfer-Encoding: chunked\r\n"),
      with_fields("Transfer-Encoding: CHUNKED\r\n"),
      with_fields("Expect: 100-Continue\r\n"),
      "GET /a?b=c&d=%20 HTTP/1.1\r\nHost: a.example:8080\r\n\r\n",
      "GET /{}|^\"<> HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
      "GET http://b.example/a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET https://b.example:1?x HTTP/1.1\r\nHost: a:\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: a%20b\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.9\r\nHost: a\r\n\r\n",
  };
  for (const std::string& bytes : accepted) EXPECT_EQ(status_of(bytes), 0) << bytes;
}

struct Refusal {
  int status;
  std::string bytes;
};

const std::vector<Refusal> kBadRequestLines = {
    {400, "GET /\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1,1\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {505, "GET / HTTP/0.9\r\n\r\n"},
    {501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
};

const std::vector<Refusal> kBadCharacters = {
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
    {400, "GET / HTTP/1.1\rHost: a\r\n\r\n"},
    {400, with_fields("X: a\rb\r\n")},
    {400, with_fields("X: a\r\r\n")},
    {400, with_fields(std::string("X: a\0b\r\n", 8))},
    {400, with_fields("X: a\x01\r\n")},
    {400, with_fields("X: a\x7f\r\n")},
    {400, "\x16\x03\x01\x02"},
    {400, "\n"},
};

const std::vector<Refusal> kBadFields = {
    {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {400, with_fields("X: a\r\n b\r\n")},
    {400, with_fields("X: a\r\n\tb\r\n")},
    {400, with_fields("X : a\r\n")},
    {400, with_fields("X\t: a\r\n")},
    {400, with_fields(": a\r\n")},
    {400, with_fields("X\r\n")},
    {400, with_fields("X(y): a\r\n")},
    {400, with_fields("X\xc3: a\r\n")},
};

const std::vector<Refusal> kBadHosts = {
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a,b\"\r\n\r\n"},
};

const std::vector<Refusal> kBadFraming = {
    {400, with_fields("Content-Length: \r\n")},
    {400, with_fields("Content-Length: -1\r\n")},
    {400, with_fields("Content-Length: +1\r\n")},
    {400, with_fields("Content-Length: 0x1\r\n")},
    {400, with_fields("Content-Length: 1 1\r\n")},
    {400, with_fields("Content-Length: 5, 5\r\n")},
    {400, with_fields("Content-Length: 18446744073709551616\r\n")},
    {400, with_fields("Content-Length: 5\r\nContent-Length: 6\r\n")},
    {400, with_fields("Content-Length: 5\r\nContent-Length: 5\r\n")},
    {400, with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
    {400, with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
    {400, with_fields("Transfer-Encoding: chunked, gzip\r\n")},
    {400, with_fields("Transfer-Encoding: gzip\r\n")},
    {400, with_fields("Transfer-Encoding: identity\r\n")},
    {400, with_fields("Transfer-Encoding:\r\n")},
    {400, with_fields("Transfer-Encoding: xchunked\r\n")},
    {400, with_fields("Transfer-Encoding: \"chunked\"\r\n")},
    {400, with_fields("Transfer-Encoding: chunked, chunked\r\n")},
    {400, with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {501, with_fields("Transfer-Encoding: gzip, chunked\r\n")},
    {501, with_fields("Transfer-Encoding: foo\r\nTransfer-Encoding: chunked\r\n")},
    {501, with_fields("Transfer-Encoding: chunked,\r\n")},
    {417, with_fields("Expect: a-miracle\r\n")},
};

void expect_refused(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) EXPECT_EQ(status_of(refusal.bytes), refusal.status) << refusal.bytes;
}

TEST(HttpHead, refuses_malformed_request_lines) { expect_refused(kBadRequestLines); }
TEST(HttpHead, refuses_line_endings_and_characters_that_others_may_read_differently) { expect_refused(kBadCharacters); }
TEST(HttpHead, refuses_malformed_fields) { expect_refused(kBadFields); }
TEST(HttpHead, refuses_missing_repeated_and_malformed_hosts) { expect_refused(kBadHosts); }
TEST(HttpHead, refuses_framing_that_is_ambiguous) { expect_refused(kBadFraming); }

TEST(HttpHead, holds_to_its_limits) {
  const HeadLimits limits{.request_line_bytes_max = 32, .head_bytes_max = 64, .header_fields_max = 3};
  EXPECT_EQ(status_of("GET /" + std::string(40, 'a'), limits), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(60, 'a'), limits), 431);
  EXPECT_EQ(status_of(with_fields("A: b\r\nC: d\r\nE: f\r\n"), limits), 431);
  EXPECT_EQ(status_of(with_fields("A: b\r\nC: d\r\n"), limits), 0);
}

TEST(HttpHead, tells_how_the_message_goes_on) {
  const HeadFacts length = check(with_fields("Content-Length: 007\r\n")).facts;
  EXPECT_EQ(length.content_length, 7u);
  EXPECT_TRUE(check(with_fields("Transfer-Encoding: chunked\r\n")).facts.chunked);
  EXPECT_TRUE(check(with_fields("Expect: 100-continue\r\n")).facts.expects_continue);
  EXPECT_FALSE(check("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").facts.expects_continue);
}

TEST(HttpHead, tells_whether_the_connection_stays) {
  EXPECT_FALSE(check(with_fields("Connection: close\r\n")).facts.keep_alive);
  EXPECT_FALSE(check(with_fields("Connection: keep-alive, CLOSE\r\n")).facts.keep_alive);
  EXPECT_TRUE(check(with_fields("Connection: upgrade\r\n")).facts.keep_alive);
  EXPECT_FALSE(check("GET / HTTP/1.0\r\n\r\n").facts.keep_alive);
  EXPECT_TRUE(check("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").facts.keep_alive);
}

}  // namespace
}  // namespace freshet::net
