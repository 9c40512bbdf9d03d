// SPDX-License-Identifier: MIT
// Flow control of HTTP/2 on the wire: what clients may do with windows, and what becomes of those who misuse them.
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include "freshet/net/testing/hello_server.hpp"
#include "freshet/net/testing/http2_client.hpp"

namespace freshet::net {
namespace {

using testing::HelloServer;
using testing::http2_frame;
using testing::http2_get;
using testing::http2_goes_away;
using testing::http2_hello;
using testing::Http2Client;
using testing::HttpClient;
using testing::next_http2_frame;

constexpr std::uint8_t kEndStream = NGHTTP2_FLAG_END_STREAM;
constexpr std::uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

struct Http2Flow : ::testing::Test, HelloServer {
  Http2Flow() {
    rig.router.add(Method::get, "/later", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { replies.push_back(std::move(reply)); });
    });
  }
  /// Sends raw bytes behind a hello; what the server says until it hangs up.
  std::string tell(const std::string& bytes) { return exchange(http2_hello() + bytes); }

  std::vector<ResponseReply> replies;
};

TEST_F(Http2Flow, asks_for_the_body_where_a_client_waits_for_that) {
  HttpClient client = rig.connect();
  const std::string head =
      "\x83\x86\x41\x01"
      "a\x04\x05/echo"
      "\x10\x06"
      "expect\x0c"
      "100-continue";
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders, 1, head));
  const auto interim = next_http2_frame(client, NGHTTP2_HEADERS);
  EXPECT_EQ(interim.flags & kEndStream, 0);
  EXPECT_EQ(rig.server.stats().requests, 0u);
  client.send(http2_frame(NGHTTP2_DATA, kEndStream, 1, "body"));
  next_http2_frame(client, NGHTTP2_HEADERS);
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_DATA).payload, "body");

  Http2Client other(rig.connect());
  EXPECT_EQ(other.request("POST", "/echo", "x", {{"expect", "100-continue"}}).body, "x");
  EXPECT_EQ(other.request("POST", "/echo", "x", {{"expect", "a-miracle"}}).status, 417);
}

TEST_F(Http2Flow, lets_other_streams_go_on_where_the_client_opens_the_connection_for_them) {
  // A client that leaves one stream's bytes untaken, and says so for the stream alone: the connection's window is open.
  HttpClient client = rig.connect();
  const std::string open = std::string("\x7f\xff\0\0", 4);
  client.send(http2_hello() + http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, open));
  client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/large")));
  std::size_t stalled = 0;
  while (stalled < 65'535) stalled += next_http2_frame(client, NGHTTP2_DATA).payload.size();
  EXPECT_EQ(stalled, 65'535u);
  for (std::uint32_t id = 3; id < 203; id += 2) {
    client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, id, http2_get("/hello")));
    EXPECT_EQ(next_http2_frame(client, NGHTTP2_DATA).payload, "hello\n");
  }
}

TEST_F(Http2Flow, takes_uploads_beside_uploads_that_stall) {
  HttpClient client = rig.connect();
  client.send(http2_hello());
  const std::string head =
      "\x83\x86\x41\x01"
      "a\x04\x05/echo";
  const std::string part(16'000, 'u');
  // Half of what the server lets a client send ahead on each; more than on the whole connection.
  for (std::uint32_t id = 1; id < 41; id += 2) {
    client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders, id, head));
    for (int count = 0; count < 8; ++count) client.send(http2_frame(NGHTTP2_DATA, 0, id, part));
    rig.settle();
  }
  client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders, 41, head) + http2_frame(NGHTTP2_DATA, kEndStream, 41, "done"));
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_DATA).payload, "done");
}

TEST_F(Http2Flow, survives_windows_that_are_opened_too_far_or_closed_again) {
  const std::string most = std::string("\x7f\xff\xff\xff", 4);
  EXPECT_TRUE(http2_goes_away(tell(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, most)), NGHTTP2_FLOW_CONTROL_ERROR));
  // One stream's window too far is the end of that stream alone.
  HttpClient client = rig.connect();
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/later")));
  client.send(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 1, most));
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_RST_STREAM).payload, std::string("\0\0\0\3", 4));
  // A first window beyond what there is, by SETTINGS.
  const std::string too_large = std::string("\0\4\xff\xff\xff\xff", 6);
  EXPECT_TRUE(http2_goes_away(tell(http2_frame(NGHTTP2_SETTINGS, 0, 0, too_large)), NGHTTP2_FLOW_CONTROL_ERROR));
  // Windows that SETTINGS make negative hold back what is sent until they are opened again.
  client = rig.connect();
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/large")));
  std::size_t taken = 0;
  while (taken < 65'535) taken += next_http2_frame(client, NGHTTP2_DATA).payload.size();
  client.send(http2_frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4\0\0\0\0", 6)));
  client.send(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\1\0\0", 4)));
  rig.settle();
  client.send(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 1, std::string("\0\0\xff\xff", 4)));
  client.send(http2_frame(NGHTTP2_PING, 0, 0, "12345678"));
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_PING).payload, "12345678");
  client.send(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 1, std::string("\0\0\0\7", 4)));
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_DATA).payload.size(), 7u);
}

TEST_F(Http2Flow, survives_a_window_of_one_byte) {
  HttpClient client = rig.connect();
  client.send(http2_hello() + http2_frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4\0\0\0\1", 6)));
  client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/hello")));
  std::string body;
  for (const char c : std::string("hello\n")) {
    body += next_http2_frame(client, NGHTTP2_DATA).payload;
    EXPECT_EQ(body.back(), c);
    client.send(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 1, std::string("\0\0\0\1", 4)));
  }
  EXPECT_EQ(body, "hello\n");
}

TEST_F(Http2Flow, takes_nothing_more_on_a_stream_that_the_client_has_ended) {
  const std::string get = http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/hello"));
  const std::string later = http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 5, http2_get("/hello"));
  const std::string unused = http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 3, http2_get("/hello"));
  const std::string data = http2_frame(NGHTTP2_DATA, 0, 1, "more");
  const std::string reset = http2_frame(NGHTTP2_RST_STREAM, 0, 1, std::string("\0\0\0\x08", 4));
  const std::string post = http2_frame(NGHTTP2_HEADERS, kEndHeaders, 1, http2_get("/hello"));
  for (const std::string& wrong : {get + data, get + get, post + reset + data, later + unused}) {
    HttpClient client = rig.connect();
    client.send(http2_hello() + wrong);
    EXPECT_TRUE(http2_goes_away(client.read_to_end(), NGHTTP2_STREAM_CLOSED));
    // Frame by frame, so that the stream has its answer before the next one comes.
    client = rig.connect();
    client.send(http2_hello());
    for (const std::string& frame : {wrong.substr(0, wrong.size() - 4), wrong.substr(wrong.size() - 4)}) {
      client.send(frame);
      rig.settle();
    }
    EXPECT_TRUE(http2_goes_away(client.read_to_end(), NGHTTP2_STREAM_CLOSED));
  }
}

TEST_F(Http2Flow, bears_what_a_client_sent_before_it_knew_that_its_stream_is_closed) {
  HttpClient client = rig.connect();
  const std::string head =
      "\x83\x86\x41\x01"
      "a\x04\x05/echo";
  const std::string too_long =
      "\x0f\x0d\x08"
      "99999999";  // content-length
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders, 1, head + too_long));
  EXPECT_NE(next_http2_frame(client, NGHTTP2_DATA).payload.find("too large"), std::string::npos);
  for (int count = 0; count < 5; ++count) client.send(http2_frame(NGHTTP2_DATA, 0, 1, std::string(16'000, 'x')));
  client.send(http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 3, http2_get("/hello")));
  EXPECT_EQ(next_http2_frame(client, NGHTTP2_DATA).payload, "hello\n");
}

}  // namespace
}  // namespace freshet::net
