// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/handshake.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

Request request(std::vector<Header> changes = {}) {
  Request request;
  request.headers = {{"Host", "example.org:8080"},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Version", "13"}};
  for (Header& change : changes) {
    request.headers.remove(change.name);
    if (!change.value.empty()) request.headers.add(change.name, change.value);
  }
  return request;
}

int status_of(const Request& request, const WebSocketOptions& options = {}) {
  const auto handshake = shake_hands(request, options);
  return handshake ? 101 : handshake.error().status;
}

// The example of RFC 6455 section 1.3.
TEST(Handshake, answers_the_key) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const auto handshake = shake_hands(request(), {});
  ASSERT_TRUE(handshake.has_value());
  EXPECT_EQ(handshake->headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(handshake->headers.get("Upgrade"), "websocket");
  EXPECT_EQ(handshake->headers.get("Connection"), "Upgrade");
  EXPECT_EQ(handshake->headers.size(), 3u);
}

TEST(Handshake, takes_words_as_lists_and_in_any_case) {
  EXPECT_EQ(status_of(request({{"Upgrade", "WebSocket"}, {"Connection", "keep-alive, UPGRADE"}})), 101);
  EXPECT_EQ(status_of(request({{"Upgrade", "h2c, websocket"}})), 101);
  Request split = request({{"Connection", "keep-alive"}});
  split.headers.add("connection", "upgrade");
  EXPECT_EQ(status_of(split), 101);
}

TEST(Handshake, asks_for_the_upgrade_of_who_does_not) {
  Request post = request();
  post.method = Method::post;
  for (const Request& each : {request({{"Upgrade", ""}}), request({{"Upgrade", "h2c"}}), post}) {
    const auto refused = shake_hands(each, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, 426);
    EXPECT_EQ(refused.error().headers.get("Upgrade"), "websocket");
  }
}

TEST(Handshake, speaks_version_13_only) {
  Request twice = request();
  twice.headers.add("Sec-WebSocket-Version", "13");
  for (const Request& each :
       {request({{"Sec-WebSocket-Version", "8"}}), request({{"Sec-WebSocket-Version", "13, 8"}}),
        request({{"Sec-WebSocket-Version", "013"}}), request({{"Sec-WebSocket-Version", ""}}), twice}) {
    const auto refused = shake_hands(each, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, 426);
    EXPECT_EQ(refused.error().headers.get("Sec-WebSocket-Version"), "13");
  }
}

TEST(Handshake, refuses_what_is_malformed) {
  for (const char* const key :
       {"", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZSE=x",
        "dGhlIHNhbXBsZSBub25j*Q==", "dGhlIHNhbXBsZSBub25jZQ== dGhlIHNhbXBsZSBub25jZQ=="}) {
    EXPECT_EQ(status_of(request({{"Sec-WebSocket-Key", key}})), 400) << key;
  }
  Request twice = request();
  twice.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(status_of(twice), 400);
  EXPECT_EQ(status_of(request({{"Connection", "keep-alive"}})), 400);
  EXPECT_EQ(status_of(request({{"Connection", ""}})), 400);
  EXPECT_EQ(status_of(request({{"Sec-WebSocket-Extensions", "permessage-deflate;"}})), 400);
}

TEST(Handshake, agrees_on_the_subprotocol_that_the_server_likes_best) {
  const WebSocketOptions options{.subprotocols = {"b", "a"}};
  const auto agreed = [&](const std::string& offered) {
    const auto handshake = shake_hands(request({{"Sec-WebSocket-Protocol", offered}}), options);
    EXPECT_EQ(handshake->headers.get("Sec-WebSocket-Protocol"), handshake->subprotocol);
    return handshake->subprotocol;
  };
  EXPECT_EQ(agreed("a, b, c"), "b");
  EXPECT_EQ(agreed("c, a"), "a");
  EXPECT_EQ(agreed("c"), "");
  EXPECT_EQ(agreed("B"), "");
  EXPECT_EQ(agreed(""), "");
}

TEST(Handshake, agrees_on_compression_only_where_the_server_wants_it) {
  const Request offer = request({{"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"}});
  EXPECT_FALSE(shake_hands(offer, {})->deflate);
  EXPECT_EQ(shake_hands(offer, {})->headers.get("Sec-WebSocket-Extensions"), "");
  const WebSocketOptions options{.deflate = {.enabled = true}};
  EXPECT_TRUE(shake_hands(offer, options)->deflate);
  EXPECT_EQ(shake_hands(offer, options)->headers.get("Sec-WebSocket-Extensions"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_FALSE(shake_hands(request(), options)->deflate);
}

TEST(Handshake, lets_pages_of_the_same_host_connect) {
  const auto allowed = [](const char* origin, const char* host) { return origin_is_allowed(origin, host, {}); };
  EXPECT_TRUE(allowed("http://example.org", "example.org"));
  EXPECT_TRUE(allowed("https://example.org", "example.org"));
  EXPECT_TRUE(allowed("http://EXAMPLE.org", "example.ORG"));
  EXPECT_TRUE(allowed("https://example.org:443", "example.org"));
  EXPECT_TRUE(allowed("https://example.org", "example.org:443"));
  EXPECT_TRUE(allowed("http://example.org:80", "example.org"));
  EXPECT_TRUE(allowed("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(allowed("http://[::1]:8080", "[::1]:8080"));
  EXPECT_FALSE(allowed("http://example.org", "example.org:8080"));
  EXPECT_FALSE(allowed("http://example.org:8080", "example.org"));
  EXPECT_FALSE(allowed("https://example.org:80", "example.org"));
  EXPECT_FALSE(allowed("http://example.org.evil.net", "example.org"));
  EXPECT_FALSE(allowed("http://evil.net", "example.org"));
  EXPECT_FALSE(allowed("null", "example.org"));
  EXPECT_FALSE(allowed("file://", ""));
  EXPECT_FALSE(allowed("http://", ""));
  EXPECT_FALSE(allowed("ftp://example.org", "example.org"));
}

TEST(Handshake, lets_pages_of_listed_origins_connect_and_no_others) {
  const WebSocketOptions listed{.origins = {"https://app.example.org"}, .same_origin = false};
  EXPECT_EQ(status_of(request({{"Origin", "https://app.example.org"}}), listed), 101);
  EXPECT_EQ(status_of(request({{"Origin", "http://app.example.org"}}), listed), 403);
  EXPECT_EQ(status_of(request({{"Origin", "http://example.org:8080"}}), listed), 403);
  EXPECT_EQ(status_of(request(), listed), 101);
  const WebSocketOptions both{.origins = {"https://app.example.org"}};
  EXPECT_EQ(status_of(request({{"Origin", "https://app.example.org"}}), both), 101);
  EXPECT_EQ(status_of(request({{"Origin", "http://example.org:8080"}}), both), 101);
  EXPECT_EQ(status_of(request({{"Origin", "https://evil.net"}}), both), 403);
  EXPECT_EQ(status_of(request({{"Origin", "https://anybody.net"}}), {.origins = {"*"}}), 101);
  EXPECT_EQ(status_of(request({{"Origin", "http://example.org:8080"}})), 101);
  EXPECT_EQ(status_of(request({{"Origin", "https://evil.net"}})), 403);
  Request twice = request({{"Origin", "http://example.org:8080"}});
  twice.headers.add("Origin", "http://example.org:8080");
  EXPECT_EQ(status_of(twice), 403);
}

}  // namespace
}  // namespace freshet::net
