// SPDX-License-Identifier: MIT
#include "freshet/net/internal/compressor.hpp"

#include <string>
#include <utility>
#include <zlib.h>

#include <gtest/gtest.h>

#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net {
namespace {

using testing::ClientResponse;
using testing::HelloServer;
using testing::HttpClient;

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  ::inflateInit2(&stream, 15 + 16);
  std::string out(10 * 1024 * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return result == Z_STREAM_END ? out : "not gzip";
}

Request asking(std::string accept_encoding) {
  Request request;
  request.headers.add("Accept-Encoding", std::move(accept_encoding));
  return request;
}

std::string json(std::size_t size) {
  std::string text = "[";
  while (text.size() + 12 < size) text += "{\"key\":123},";
  return text + "0]";
}

TEST(TakesGzip, goes_by_weights) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.001", "gzip; q=1.000", "*",
                          "br, *;q=0.1", "gzip;q=0.5, identity;q=0.5", "gzip,deflate,br,zstd"}) {
    EXPECT_TRUE(takes_gzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "deflate, br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzip;q=0.4, identity;q=0.5",
        "gzip;q=x", "gzip;q=", "gzip;level=1", "gzip;q=0.0001", "gzipped"}) {
    EXPECT_FALSE(takes_gzip(no)) << no;
  }
}

TEST(Compressor, compresses_text_and_says_so) {
  Compressor compressor({});
  const std::string body = json(20'000);
  Response response = Response::json(body);
  response.headers.add("ETag", "\"7\"");
  compressor.apply(asking("gzip"), response);
  ASSERT_NE(response.shared_body, nullptr);
  EXPECT_LT(response.shared_body->size(), body.size() / 10);
  EXPECT_EQ(gunzip(*response.shared_body), body);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(response.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(response.headers.get("ETag"), "W/\"7\"");
  EXPECT_EQ(compressor.stats().responses, 1u);
  EXPECT_EQ(compressor.stats().bytes_before, body.size());
  // The stream is used again.
  Response second = Response::json(body);
  compressor.apply(asking("gzip"), second);
  EXPECT_EQ(*second.shared_body, *response.shared_body);
}

TEST(Compressor, leaves_alone_what_gains_nothing_or_must_stay) {
  Compressor compressor({});
  const auto stays = [&](Response response, Request request = asking("gzip")) {
    compressor.apply(request, response);
    return response.headers.find("Content-Encoding") == nullptr;
  };
  EXPECT_TRUE(stays(Response::json(json(900))));
  EXPECT_TRUE(stays(Response::bytes("image/png", make_block(json(5'000)))));
  EXPECT_TRUE(stays(Response::bytes("text/event-stream", make_block(json(5'000)))));
  EXPECT_TRUE(stays(Response::json(std::string(5 * 1024 * 1024, ' '))));
  Response fixed = Response::json(json(5'000));
  fixed.headers.add("Cache-Control", "public, no-transform");
  EXPECT_TRUE(stays(fixed));
  Request known = asking("gzip");
  known.headers.add("Cookie", "session=1");
  EXPECT_TRUE(stays(Response::json(json(5'000)), known));
  Request bearer = asking("gzip");
  bearer.headers.add("Authorization", "Bearer x");
  EXPECT_TRUE(stays(Response::json(json(5'000)), bearer));
  EXPECT_EQ(compressor.stats().responses, 0u);
  EXPECT_FALSE(stays(Response::json(json(5'000))));
}

TEST(Compressor, tells_caches_also_of_what_it_did_not_compress) {
  Compressor compressor({});
  Response response = Response::json(json(5'000));
  compressor.apply(asking("br"), response);
  EXPECT_EQ(response.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(response.headers.find("Content-Encoding"), nullptr);
}

TEST(Compressor, compresses_a_shared_body_once_and_forgets_it_with_the_body) {
  Compressor compressor({});
  Block body = make_block(json(50'000));
  Response first = Response::json(body);
  compressor.apply(asking("gzip"), first);
  Response second = Response::json(body);
  compressor.apply(asking("gzip"), second);
  EXPECT_EQ(first.shared_body, second.shared_body);
  EXPECT_EQ(compressor.stats().cache_hits, 1u);
  EXPECT_EQ(compressor.stats().cached_bytes, first.shared_body->size());
  compressor.sweep();
  EXPECT_GT(compressor.stats().cached_bytes, 0u);
  body.reset();
  compressor.sweep();
  EXPECT_EQ(compressor.stats().cached_bytes, 0u);
}

TEST(Compressor, keeps_no_more_than_it_may) {
  Compressor compressor({.cache_bytes_max = 10});
  const Block body = make_block(json(50'000));
  for (int count = 0; count < 2; ++count) {
    Response response = Response::json(body);
    compressor.apply(asking("gzip"), response);
    EXPECT_EQ(gunzip(*response.shared_body), *body);
  }
  EXPECT_EQ(compressor.stats().cache_hits, 0u);
  EXPECT_EQ(compressor.stats().cached_bytes, 0u);
}

TEST(Compressor, works_for_clients) {
  HelloServer server;
  const Block body = make_block(json(100'000));
  server.rig.router.add(Method::get, "/rows", [&](Request&, const PathParams&) { return Response::json(body); });
  HttpClient client = server.rig.connect();
  EXPECT_EQ(client.get("/rows").body, *body);
  const ClientResponse small = client.request("GET", "/rows", {}, {"Accept-Encoding: gzip, deflate"});
  EXPECT_EQ(small.header("content-encoding"), "gzip");
  EXPECT_EQ(gunzip(small.body), *body);
  const ClientResponse head = client.request("HEAD", "/rows", {}, {"Accept-Encoding: gzip"});
  EXPECT_EQ(head.header("content-length"), std::to_string(small.body.size()));
  EXPECT_EQ(server.rig.server.stats().compression.responses, 2u);
}

}  // namespace
}  // namespace freshet::net
