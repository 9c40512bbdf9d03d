// SPDX-License-Identifier: MIT
// HTTP/1.1 on the wire, where servers are known to read one message as two, or two as one. Each case is followed by a
// request that must never be taken for one, the poison; each is sent whole, cut at every byte, and byte by byte.
//
// Sources: RFC 9112 and RFC 9110; the quirks that HTTP Garden and other differential studies found in servers and
// proxies.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net {
namespace {

using testing::HelloServer;
using testing::HttpClient;

constexpr const char* kPoison = "GET /poison HTTP/1.1\r\nHost: a\r\n\r\n";

struct Case {
  const char* name;
  int status;
  std::string bytes;
};

std::string get(const std::string& fields) { return "GET /hello HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string post(const std::string& fields, const std::string& body = {}) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& chunks) { return post("Transfer-Encoding: chunked\r\n", chunks); }

/// Lengths and codings that say different things to different readers.
const std::vector<Case> kFraming = {
    {"CL.TE", 400, post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE.CL", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n")},
    {"TE.CL with 0", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")},
    {"TE.TE, one of them obfuscated", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n")},
    {"TE with a blank before the colon", 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
    {"TE with a tab before the colon", 400, post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")},
    {"TE on a folded line", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"TE folded into another field", 400, post("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE behind a vertical tab", 400,
     post("Transfer-Encoding: \x0b"
          "chunked\r\n",
          "0\r\n\r\n")},
    {"TE behind a NUL", 400, post(std::string("Transfer-Encoding: \0chunked\r\n", 28), "0\r\n\r\n")},
    {"TE behind a CR", 400, post("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE behind a LF", 400, post("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE in quotes", 400, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
    {"TE with a prefix", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {"TE with a suffix", 400, post("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")},
    {"TE with a parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
    {"TE identity", 400, post("Transfer-Encoding: identity\r\nContent-Length: 0\r\n")},
    {"TE twice in a list", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
    {"TE twice", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE not last", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"TE of another coding before", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
    {"TE with an empty element", 501, post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n")},
    {"TE empty", 400, post("Transfer-Encoding: \r\n", "0\r\n\r\n")},
    {"TE in HTTP/1.0", 400, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TE and keep-alive in HTTP/1.0", 400,
     "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"CL twice, different", 400, post("Content-Length: 0\r\nContent-Length: 40\r\n")},
    {"CL twice, equal", 400, post("Content-Length: 0\r\nContent-Length: 0\r\n")},
    {"CL a list", 400, post("Content-Length: 0, 0\r\n")},
    {"CL with a sign", 400, post("Content-Length: +0\r\n")},
    {"CL negative", 400, post("Content-Length: -1\r\n")},
    {"CL hexadecimal", 400, post("Content-Length: 0x0\r\n")},
    {"CL with a fraction", 400, post("Content-Length: 0.0\r\n")},
    {"CL with an underscore", 400, post("Content-Length: 0_0\r\n")},
    {"CL with a blank inside", 400, post("Content-Length: 0 0\r\n")},
    {"CL empty", 400, post("Content-Length:\r\n")},
    {"CL in quotes", 400, post("Content-Length: \"0\"\r\n")},
    {"CL with digits of another script", 400, post("Content-Length: \xd9\xa0\r\n")},
    {"CL beyond 64 bits", 400, post("Content-Length: 18446744073709551616\r\n")},
    {"CL of 2^64 + 0, wrapped", 400, post("Content-Length: 340282366920938463463374607431768211456\r\n")},
    {"CL beyond the limit", 413, post("Content-Length: 18446744073709551615\r\n")},
    {"CL with a blank before the colon", 400, post("Content-Length : 0\r\n")},
    {"CL with a NUL", 400, post(std::string("Content-Length: 0\0\r\n", 20))},
};

/// Chunks that end elsewhere for others.
const std::vector<Case> kChunks = {
    {"bare LF behind a size", 400, chunked("0\n\r\n")},
    {"bare LF behind the last chunk", 400, chunked("0\r\n\n")},
    {"bare LF behind data", 400, chunked("1\r\na\n0\r\n\r\n")},
    {"bare CR behind a size", 400, chunked("0\r\r\n")},
    {"two CR", 400, chunked("0\r\r\n\r\n")},
    {"a size with a prefix", 400, chunked("0x0\r\n\r\n")},
    {"a size with a sign", 400, chunked("+0\r\n\r\n")},
    {"a negative size", 400, chunked("-1\r\n\r\n")},
    {"a blank before a size", 400, chunked(" 0\r\n\r\n")},
    {"a blank behind a size", 400, chunked("0 \r\n\r\n")},
    {"a tab behind a size", 400, chunked("0\t\r\n\r\n")},
    {"an underscore in a size", 400, chunked("0_0\r\n\r\n")},
    {"no size", 400, chunked("\r\n\r\n")},
    {"a size that is no number", 400, chunked("g\r\n\r\n")},
    {"a size of 2^64", 400, chunked("10000000000000000\r\n\r\n")},
    {"a size with zeros that overflow a counter", 400, chunked("00000000000000000\r\n\r\n")},
    {"a size of 2^64 - 1", 413, chunked("ffffffffffffffff\r\n\r\n")},
    {"a size beyond the limit", 413, chunked("100001\r\n")},
    {"data longer than its size", 400, chunked("1\r\nab\r\n0\r\n\r\n")},
    {"data shorter than its size", 400, chunked("2\r\na\r\n0\r\n\r\n")},
    {"an extension with a bare LF", 400, chunked("0;a\nb\r\n\r\n")},
    {"an extension with a bare CR", 400, chunked("0;a\rb\r\n\r\n")},
    {"an extension with a NUL", 400, chunked(std::string("0;a\0\r\n\r\n", 8))},
    {"an extension without a name", 400, chunked("0;\r\n\r\n")},
    {"a blank before an extension", 400, chunked("0 ;a\r\n\r\n")},
    {"too long an extension", 400, chunked("0;" + std::string(5'000, 'a'))},
    {"a trailer with a bare LF", 400, chunked("0\r\nX: y\n\r\n")},
    {"a trailer without a colon", 400, chunked("0\r\nX\r\n\r\n")},
    {"a folded trailer", 400, chunked("0\r\nX: y\r\n z\r\n\r\n")},
    {"too many trailers", 400, chunked("0\r\n" + std::string(5'000, 'a'))},
};

/// Heads that end elsewhere for others, or say two things.
const std::vector<Case> kHeads = {
    {"lines that end with LF", 400, "GET /hello HTTP/1.1\nHost: a\n\n"},
    {"a request line that ends with LF", 400, "GET /hello HTTP/1.1\nHost: a\r\n\r\n"},
    {"an empty line that is LF", 400, "GET /hello HTTP/1.1\r\nHost: a\r\n\n"},
    {"a bare CR in a field", 400, get("X: a\rb\r\n")},
    {"a CR before CRLF", 400, get("X: a\r\r\n")},
    {"a folded line", 400, get("X: a\r\n b\r\n")},
    {"a folded line with a tab", 400, get("X: a\r\n\tb\r\n")},
    {"a folded line that is empty", 400, get("X: a\r\n \r\n")},
    {"a blank before the first field", 400, "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"a blank before a colon", 400, get("X : a\r\n")},
    {"a field without a colon", 400, get("X\r\n")},
    {"a field without a name", 400, get(": a\r\n")},
    {"a name with a control character", 400, get("X\x01: a\r\n")},
    {"a name with brackets", 400, get("X[]: a\r\n")},
    {"a name that is not ASCII", 400, get("X\xc3\xa4: a\r\n")},
    {"a NUL in a value", 400, get(std::string("X: a\0b\r\n", 8))},
    {"a DEL in a value", 400, get("X: a\x7f\r\n")},
    {"an escape in a value", 400, get("X: \x1b[2J\r\n")},
    {"no Host", 400, "GET /hello HTTP/1.1\r\n\r\n"},
    {"two Hosts", 400, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"the same Host twice", 400, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {"an empty Host", 400, "GET /hello HTTP/1.1\r\nHost: \r\n\r\n"},
    {"a Host with a path", 400, "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"a Host with a user", 400, "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"a Host with a blank", 400, "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"a Host that is a list", 400, "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {"a Host with an odd port", 400, "GET /hello HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    {"an absolute target without Host", 400, "GET http://a/hello HTTP/1.1\r\n\r\n"},
    {"an absolute target of another scheme", 400, "GET ftp://a/hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an absolute target with a user", 400, "GET http://u:p@a/hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an absolute target without a host", 400, "GET http:///hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target with a fragment", 400, "GET /hello#x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target without a slash", 400, "GET hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target with a backslash in front", 400, "GET \\hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target that is not ASCII", 400, "GET /h\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a target with a blank", 400, "GET /hello x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an asterisk for GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"CONNECT", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"two blanks", 400, "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a tab for a blank", 400, "GET\t/hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a blank behind the version", 400, "GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {"no version", 400, "GET /hello\r\nHost: a\r\n\r\n"},
    {"a version in lower case", 400, "GET /hello http/1.1\r\nHost: a\r\n\r\n"},
    {"a version of two digits", 400, "GET /hello HTTP/1.10\r\nHost: a\r\n\r\n"},
    {"a version with a sign", 400, "GET /hello HTTP/+1.1\r\nHost: a\r\n\r\n"},
    {"version 0.9", 505, "GET /hello HTTP/0.9\r\nHost: a\r\n\r\n"},
    {"version 2.0", 505, "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"},
    {"version 3.0", 505, "GET /hello HTTP/3.0\r\nHost: a\r\n\r\n"},
    {"a method that is no token", 400, "G@T /hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a method that nobody knows", 501, "BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an expectation that cannot be met", 417, post("Content-Length: 5\r\nExpect: a-miracle\r\n")},
    {"two empty lines in front", 400, "\r\n\r\n" + get("")},
    {"a LF in front", 400, "\n" + get("")},
    {"a blank in front", 400, " " + get("")},
    {"a response", 400, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"bytes of TLS", 400, std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n", 14)},
};

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Heads of answers; a text about HTTP/1.1 is none.
std::size_t count_answers(std::string_view text) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  std::size_t count = 0;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    const std::size_t status = at + kBegin.size();
    if (status < text.size() && text[status] >= '1' && text[status] <= '5') ++count;
  }
  return count;
}

struct Strictness : ::testing::Test, HelloServer {
  Strictness() {
    rig.router.add(Method::get, "/poison", [this](Request&, const PathParams&) {
      ++poisoned;
      return Response::text("poison");
    });
  }
  /// Sends both parts one after the other; all that comes back until the server closes.
  std::string exchange_in_two(std::string_view first, std::string_view second) {
    HttpClient client = rig.connect();
    client.send(first);
    rig.settle();
    client.send(second);
    return client.read_to_end();
  }
  void expect_refused(const std::vector<Case>& cases) {
    for (const auto& [name, status, bytes] : cases) {
      SCOPED_TRACE(name);
      const std::uint64_t before = rig.server.stats().requests;
      const std::string whole = exchange(bytes + kPoison);
      EXPECT_TRUE(whole.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << whole.substr(0, 60);
      EXPECT_EQ(count_answers(whole), 1u) << whole;
      EXPECT_NE(whole.find("\r\nConnection: close\r\n"), std::string::npos);
      EXPECT_EQ(rig.server.stats().requests, before) << "nothing of it was taken for a request";
      // Long cases are long in one place only.
      const std::size_t cuts = std::min<std::size_t>(bytes.size(), 200);
      for (std::size_t at = 1; at < cuts; ++at) {
        const std::string cut = exchange_in_two(bytes.substr(0, at), bytes.substr(at) + kPoison);
        ASSERT_TRUE(cut.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << "cut at " << at << ": " << cut;
        ASSERT_EQ(count_answers(cut), 1u) << "cut at " << at << ": " << cut;
      }
      EXPECT_EQ(rig.server.stats().requests, before);
    }
    EXPECT_EQ(poisoned, 0);
  }

  int poisoned = 0;
};

TEST_F(Strictness, refuses_bodies_whose_length_is_said_in_two_ways_or_badly) { expect_refused(kFraming); }
TEST_F(Strictness, refuses_malformed_chunks) { expect_refused(kChunks); }
TEST_F(Strictness, refuses_malformed_heads) { expect_refused(kHeads); }

TEST_F(Strictness, takes_a_body_for_a_body_whatever_is_in_it) {
  const std::string poison = kPoison;
  const std::string size = std::to_string(poison.size());
  const std::string last = get("Connection: close\r\n");
  const std::vector<std::string> wholes = {
      post("Content-Length: " + size + "\r\n", poison) + last,
      post("content-length:" + size + " \r\n", poison) + last,
      chunked("21\r\n" + poison + "\r\n0\r\n\r\n") + last,
      chunked("21;poison=\"GET / HTTP/1.1\"\r\n" + poison + "\r\n0\r\n\r\n") + last,
      chunked("11\r\n" + poison.substr(0, 17) + "\r\n0010\r\n" + poison.substr(17) + "\r\n000\r\n\r\n") + last,
      chunked("21\r\n" + poison + "\r\n0\r\nContent-Length: 99\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n") +
          last,
      "\r\n" + post("Content-Length: " + size + "\r\n", poison) + last,
      // A GET may have a body.
      "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n" + poison +
          post("Content-Length: " + size + "\r\nConnection: close\r\n", poison),
  };
  ASSERT_EQ(poison.size(), 0x21U);
  for (const std::string& whole : wholes) {
    SCOPED_TRACE(whole);
    const std::string expected = exchange(whole);
    EXPECT_EQ(count_of(expected, "HTTP/1.1 200 OK\r\n"), 2u) << expected;
    EXPECT_EQ(count_answers(expected), 2u);
    for (std::size_t at = 1; at < whole.size(); ++at) {
      const std::string cut = exchange_in_two(whole.substr(0, at), whole.substr(at));
      ASSERT_EQ(count_of(cut, "HTTP/1.1 200 OK\r\n"), 2u) << "cut at " << at << ": " << cut;
    }
    HttpClient client = rig.connect();
    for (const char byte : whole) {
      client.send({&byte, 1});
      rig.settle();
    }
    EXPECT_EQ(count_of(client.read_to_end(), "HTTP/1.1 200 OK\r\n"), 2u);
  }
  EXPECT_EQ(poisoned, 0);
}

TEST_F(Strictness, answers_what_came_before_the_fault_and_nothing_behind_it) {
  for (const std::string& bad :
       {get("X : y\r\n"), chunked("0\n\r\n"), post("Content-Length: 1\r\nContent-Length: 1\r\n")}) {
    const std::string answers = exchange(get("") + post("Content-Length: 2\r\n", "hi") + bad + kPoison + kPoison);
    EXPECT_EQ(count_of(answers, "HTTP/1.1 200 OK\r\n"), 2u) << answers;
    EXPECT_EQ(count_of(answers, "HTTP/1.1 400 "), 1u) << answers;
    EXPECT_EQ(count_answers(answers), 3u) << answers;
  }
  EXPECT_EQ(poisoned, 0);
}

TEST_F(Strictness, takes_nothing_behind_a_request_that_is_to_be_the_last) {
  for (const std::string& last :
       {get("Connection: close\r\n"), get("Connection: x, CLOSE\r\n"), std::string("GET /hello HTTP/1.0\r\n\r\n"),
        std::string("GET /hello HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")}) {
    const std::string answers = exchange(last + kPoison);
    EXPECT_EQ(count_answers(answers), 1u) << answers;
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n"));
  }
  EXPECT_EQ(poisoned, 0);
}

TEST_F(Strictness, merges_no_trailer_into_the_fields_and_no_field_into_another) {
  std::string seen;
  rig.router.add(Method::put, "/seen", [&](Request& request, const PathParams&) {
    for (const Header& field : request.headers) seen += field.name + "=" + field.value + ";";
    return Response::empty();
  });
  exchange(
      "PUT /seen HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\nX: 3\r\nAuthorization: Bearer x\r\nHost: b\r\n\r\n");
  EXPECT_NE(seen.find("X=1;X=2;"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("X=3"), std::string::npos);
  EXPECT_EQ(seen.find("Authorization"), std::string::npos);
  EXPECT_EQ(count_of(seen, "Host="), 1u);
}

}  // namespace
}  // namespace freshet::net
