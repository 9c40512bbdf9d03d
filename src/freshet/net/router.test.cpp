// SPDX-License-Identifier: MIT
#include "freshet/net/router.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "freshet/net/caller.hpp"

namespace freshet::net {
namespace {

Request request_for(Method method, std::string path) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  return request;
}

Handler says(std::string text) {
  return [text](Request&, const PathParams&) { return Response::text(text); };
}

struct RouterTest : testing::Test {
  RouterTest() {
    router.add(Method::get, "/", says("root"));
    router.add(Method::get, "/v1/streams/{id}",
               [](Request&, const PathParams& p) { return Response::text("id " + p["id"]); });
    router.add(Method::delete_, "/v1/streams/{id}", says("deleted"));
    router.add(Method::post, "/v1/streams/all", says("all"));
    router.add(Method::get, "/v1/streams/all", says("all"));
    router.add(Method::post, "/v1/snapshot/{resource}/lookup",
               [](Request&, const PathParams& p) { return Response::text("lookup " + p["resource"]); });
    router.add(Method::post, "/v1/snapshot/{resource}", says("snapshot"));
  }

  Response route(Method method, std::string path) {
    Request request = request_for(method, std::move(path));
    return router.route(request);
  }

  Router router;
};

TEST_F(RouterTest, finds_the_handler_of_method_and_path) {
  EXPECT_EQ(route(Method::get, "/").body, "root");
  EXPECT_EQ(route(Method::get, "/v1/streams/7").body, "id 7");
  EXPECT_EQ(route(Method::delete_, "/v1/streams/7").body, "deleted");
  EXPECT_EQ(route(Method::post, "/v1/snapshot/a/lookup").body, "lookup a");
  EXPECT_EQ(route(Method::post, "/v1/snapshot/a").body, "snapshot");
}

TEST_F(RouterTest, prefers_literals_to_parameters) {
  EXPECT_EQ(route(Method::get, "/v1/streams/all").body, "all");
  EXPECT_EQ(route(Method::delete_, "/v1/streams/all").body, "deleted");
}

TEST_F(RouterTest, decodes_each_segment_by_itself) {
  EXPECT_EQ(route(Method::get, "/v1/streams/a%20b%2Fc+d").body, "id a b/c+d");
  EXPECT_EQ(route(Method::get, "/v1/%73treams/7").body, "id 7");
  EXPECT_EQ(route(Method::get, "/v1/streams/a%2").status, 400);
  EXPECT_EQ(route(Method::get, "/v1/streams/a%zz").status, 400);
  EXPECT_EQ(route(Method::get, "/v1/streams/a%00").status, 400);
}

TEST_F(RouterTest, answers_404_where_nothing_is) {
  for (const std::string path :
       {"/v1", "/v1/streams", "/v1/streams/", "/v1/streams/7/8", "/v1//7", "//", "/V1/streams/7"}) {
    const Response response = route(Method::get, path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.headers.get("content-type"), "application/problem+json");
  }
}

TEST_F(RouterTest, answers_405_with_the_methods_that_are_allowed) {
  const Response response = route(Method::put, "/v1/streams/7");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(route(Method::patch, "/v1/streams/all").headers.get("allow"), "GET, HEAD, POST, DELETE, OPTIONS");
}

TEST_F(RouterTest, answers_options_and_head_by_itself) {
  EXPECT_EQ(route(Method::options, "/v1/streams/7").status, 204);
  EXPECT_EQ(route(Method::options, "/v1/streams/7").headers.get("allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(route(Method::options, "*").status, 204);
  EXPECT_EQ(route(Method::options, "/nothing").status, 404);
  EXPECT_EQ(route(Method::head, "/v1/streams/7").body, "id 7");
  EXPECT_EQ(route(Method::head, "/v1/snapshot/a").status, 405);
}

TEST_F(RouterTest, turns_exceptions_into_answers) {
  std::string heard;
  router.on_handler_fault(
      [&](const Request& request, std::string_view what) { heard = request.path + ": " + std::string(what); });
  router.add(Method::get, "/failure", [](Request&, const PathParams&) -> Response {
    throw Failure(Error{ErrorCode::conflict, "somebody was first", "", "", ""});
  });
  router.add(Method::get, "/fault", [](Request&, const PathParams&) -> Response { throw std::logic_error("secret"); });
  router.add(Method::get, "/odd", [](Request&, const PathParams&) -> Response { throw 7; });
  EXPECT_EQ(route(Method::get, "/failure").status, 409);
  EXPECT_EQ(router.handler_faults(), 0u);
  const Response response = route(Method::get, "/fault");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  EXPECT_EQ(heard, "/fault: secret");
  EXPECT_EQ(route(Method::get, "/odd").status, 500);
  EXPECT_EQ(router.handler_faults(), 2u);
}

TEST(RouterDeathTest, refuses_two_handlers_for_one_pattern) {
  Router router;
  router.add(Method::get, "/a/{b}", says(""));
  router.add(Method::put, "/a/{b}", says(""));
  EXPECT_DEATH(router.add(Method::get, "/a/{c}", says("")), "two handlers");
}

TEST_F(RouterTest, what_comes_before_may_answer_in_place_of_handlers_and_add_to_requests) {
  int handled = 0;
  Router guarded;
  guarded.add(Method::get, "/who", [&](Request& request, const PathParams&) {
    ++handled;
    return Response::text(request.user().user);
  });
  guarded.before([](Request& request) -> std::optional<Response> {
    if (request.query == "stop") return Response::empty(401);
    if (request.query == "fail") throw Failure({.code = ErrorCode::unavailable, .primary = "not now"});
    request.caller = std::make_shared<const Caller>(Caller{.user = "ann", .claims = {}});
    return std::nullopt;
  });
  const auto status = [&](const std::string& path, const std::string& query) {
    Request request{Method::get, path, query, {}, {}, {}};
    return guarded.route(request).status;
  };
  Request request{Method::get, "/who", {}, {}, {}, {}};
  EXPECT_FALSE(request.user().is_known());
  EXPECT_EQ(guarded.route(request).body, "ann");
  EXPECT_EQ(status("/who", "stop"), 401);
  EXPECT_EQ(status("/nothing", "stop"), 401);
  EXPECT_EQ(status("/who", "fail"), 503);
  EXPECT_EQ(status("/nothing", ""), 404);
  EXPECT_EQ(handled, 1);
}

}  // namespace
}  // namespace freshet::net
