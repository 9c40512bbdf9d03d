// SPDX-License-Identifier: MIT
#include "freshet/net/http.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/net/internal/response_head.hpp"

namespace freshet::net {
namespace {

TEST(Headers, compare_names_without_regard_to_case) {
  Headers headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-TYPE"), "a");
  EXPECT_EQ(headers.get("X"), "1");
  EXPECT_EQ(headers.get("Y"), "");
  EXPECT_EQ(headers.find("Y"), nullptr);
  headers.set("x", "3");
  EXPECT_EQ(headers.get("X"), "3");
  EXPECT_EQ(headers.size(), 2u);
}

TEST(Method, has_names_that_are_case_sensitive) {
  EXPECT_EQ(method_of("DELETE"), Method::delete_);
  EXPECT_EQ(to_string(Method::delete_), "DELETE");
  EXPECT_EQ(method_of("delete"), std::nullopt);
  EXPECT_EQ(method_of("BREW"), std::nullopt);
}

TEST(Request, finds_values_in_the_query) {
  Request request;
  request.query = "a=1&b=x%20y+z&a=2&c&=d&e=%zz&f%3d=g";
  EXPECT_EQ(request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("b"), "x y z");
  EXPECT_EQ(request.query_value("c"), "");
  EXPECT_EQ(request.query_value("f="), "g");
  EXPECT_EQ(request.query_value("e"), std::nullopt);
  EXPECT_EQ(request.query_value("g"), std::nullopt);
}

TEST(Request, knows_which_media_types_it_accepts) {
  const auto accepts = [](std::string accept) {
    Request request;
    request.headers.add("Accept", std::move(accept));
    return request.accepts("text/event-stream");
  };
  EXPECT_TRUE(Request().accepts("text/event-stream"));
  EXPECT_TRUE(accepts("text/event-stream"));
  EXPECT_TRUE(accepts("text/html, Text/Event-Stream;q=0.9"));
  EXPECT_TRUE(accepts("*/*"));
  EXPECT_TRUE(accepts("text/*;q=0.1"));
  EXPECT_FALSE(accepts("text/html"));
  EXPECT_FALSE(accepts("*/*, text/event-stream;q=0"));
  EXPECT_FALSE(accepts("text/event-stream; q=0.0, text/*, */*;q=0.1"));
  EXPECT_FALSE(accepts("text/*;q=0, */*"));
  EXPECT_TRUE(accepts("*/*;q=0, text/event-stream"));
  EXPECT_TRUE(accepts("text/*;q=0, Text/Event-Stream;q=0.001"));
  EXPECT_TRUE(accepts("text/event-stream;q=0, text/event-stream;q=0.5"));
  EXPECT_FALSE(accepts("application/*"));
  EXPECT_FALSE(accepts("text/event-stream;q=0"));
  EXPECT_FALSE(accepts("text/event-stream; q=0.000, text/html"));
}

TEST(Request, knows_the_media_type_of_its_body) {
  Request request;
  EXPECT_EQ(request.content_type(), "");
  request.headers.add("Content-Type", "Application/JSON ; charset=utf-8");
  EXPECT_EQ(request.content_type(), "application/json");
}

TEST(PercentDecode, refuses_what_is_malformed) {
  EXPECT_EQ(percent_decode("a%2Fb+c%c3%A9"), "a/b+c\xc3\xa9");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%"), std::nullopt);
  EXPECT_EQ(percent_decode("%2"), std::nullopt);
  EXPECT_EQ(percent_decode("%2g"), std::nullopt);
  EXPECT_EQ(percent_decode("%00"), std::nullopt);
}

TEST(Response, tells_errors_as_problems) {
  const Response response = Response::problem(
      Error{ErrorCode::out_of_range, "expected \"low\" or \"high\"", "got 7", "see /v1/resources", "$.a"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.get("content-type"), "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"type":"about:blank","title":"Bad Request","status":400,"code":"out_of_range",)"
            R"("primary":"expected \"low\" or \"high\"","detail":"got 7","hint":"see /v1/resources","path":"$.a"})");
  EXPECT_EQ(Response::problem(422, Error{}).status, 422);
}

TEST(ResponseHead, frames_the_body) {
  EXPECT_EQ(response_head(Response::text("hello"), Persistence::keep, "now"),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(response_head(Response::empty(), Persistence::close, "now"),
            "HTTP/1.1 204 No Content\r\nDate: now\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response_head(Response::stream({{"Content-Type", "x/y"}}, [](auto) {}), Persistence::close, "now"),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: x/y\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, lets_no_field_add_another) {
  Response response;
  response.headers.add("X", "a\r\nEvil: b");
  const std::string head = response_head(response, Persistence::keep, "now");
  EXPECT_NE(head.find("X: a  Evil: b\r\n"), std::string::npos);
}

TEST(HttpDate, is_written_as_rfc_9110_has_it) {
  EXPECT_EQ(http_date(Timestamp(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(Timestamp(std::chrono::seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace freshet::net
