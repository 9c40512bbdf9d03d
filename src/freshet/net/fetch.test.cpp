// SPDX-License-Identifier: MIT
#include "freshet/net/fetch.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {
namespace {

TEST(FetchUrl, is_taken_apart) {
  EXPECT_EQ(*parse_url("http://example.org"), (Url{false, "example.org", 80, "/"}));
  EXPECT_EQ(*parse_url("https://example.org/a/b?c=d"), (Url{true, "example.org", 443, "/a/b?c=d"}));
  EXPECT_EQ(*parse_url("http://127.0.0.1:8080?x"), (Url{false, "127.0.0.1", 8080, "/?x"}));
  EXPECT_EQ(*parse_url("https://[2001:db8::7]:8443/k"), (Url{true, "2001:db8::7", 8443, "/k"}));
}

TEST(FetchUrl, refuses_what_is_none) {
  for (const char* text :
       {"", "example.org", "ftp://example.org", "http://", "http:///a", "http://a:b@example.org/", "http://a b/",
        "http://example.org/\r\nX: y", "http://example.org:0/", "http://example.org:65536/", "http://example.org:x/",
        "http://example.org:80x/", "http://[::1/", "http://[x]/", "http://[::1]80/", "http://a/#b", "HTTP://a/"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

struct Fetch : ::testing::Test {
  Fetch() {
    router.add(Method::get, "/small", [](Request& request, const PathParams&) {
      return Response::text("for " + std::string(request.header("host")) + " " + request.query);
    });
    router.add(Method::get, "/large",
               [](Request&, const PathParams&) { return Response::text(std::string(2000, 'x')); });
    router.add(Method::get, "/moved", [](Request&, const PathParams&) {
      Response response = Response::empty(302);
      response.headers.add("Location", "/small");
      return response;
    });
    router.add(Method::get, "/never", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { kept.push_back(std::move(reply)); });
    });
    port = *server.listen("127.0.0.1", 0);
    thread = std::thread([this] { loop.run(); });
  }
  ~Fetch() override {
    loop.stop();
    thread.join();
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port) + path; }

  std::vector<ResponseReply> kept;
  Loop loop;
  Router router;
  HttpServer server{loop, router};
  std::uint16_t port = 0;
  std::thread thread;
};

TEST_F(Fetch, gets_the_body) {
  const auto body = fetch(url("/small?a=b"));
  ASSERT_TRUE(body.has_value()) << to_string(body.error());
  EXPECT_EQ(*body, "for 127.0.0.1:" + std::to_string(port) + " a=b");
}

TEST_F(Fetch, says_what_went_wrong) {
  EXPECT_EQ(fetch(url("/nothing")).error().detail, "the server answered with status 404");
  EXPECT_EQ(fetch(url("/moved")).error().detail, "the server answered with status 302");
  EXPECT_EQ(fetch(url("/large"), {.body_bytes_max = 1999}).error().code, ErrorCode::too_large);
  EXPECT_TRUE(fetch(url("/large"), {.body_bytes_max = 2000}).has_value());
  EXPECT_EQ(fetch("http://127.0.0.1:1/").error().code, ErrorCode::unavailable);
  EXPECT_EQ(fetch("https://127.0.0.1:" + std::to_string(port) + "/small").error().code, ErrorCode::unavailable);
  EXPECT_EQ(fetch("nonsense").error().code, ErrorCode::invalid_argument);
}

TEST_F(Fetch, does_not_wait_for_ever_and_can_be_given_up) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch(url("/never"), {.timeout = std::chrono::milliseconds(200)}).error().code, ErrorCode::unavailable);
  std::stop_source stop;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  EXPECT_EQ(fetch(url("/never"), {.timeout = std::chrono::seconds(60), .stop = stop.get_token()}).error().detail,
            "it was given up");
  later.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace freshet::net
