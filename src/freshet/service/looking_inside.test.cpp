// SPDX-License-Identifier: MIT
// GET /v1/graph and GET /v1/graph/why.
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/service/internal/graph_routes.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TestService;

TEST(LookingInside, shows_the_graph_in_the_format_that_is_asked_for) {
  TestService rig;
  rig.set("a", 30);
  auto client = rig.connect();
  const auto json = client.get("/v1/graph");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.header("Content-Type"), "application/json");
  EXPECT_EQ(json.header("Cache-Control"), "no-store");
  const auto picture = from_json<GraphPicture>(json.body);
  ASSERT_TRUE(picture) << to_string(picture.error());
  EXPECT_EQ(picture->nodes[0].name, "readings");
  EXPECT_EQ(picture->nodes[0].rows, 1u);

  for (const auto& [target, accept] :
       {std::pair{"/v1/graph", "Accept: text/plain"}, {"/v1/graph?format=text", "Accept: */*"}}) {
    const auto text = client.request("GET", target, "", {accept});
    EXPECT_EQ(text.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_THAT(text.body, StartsWith("version 1: "));
    EXPECT_THAT(text.body, HasSubstr("└─ guard"));
  }
  const auto chart = client.request("GET", "/v1/graph", "", {"Accept: text/vnd.mermaid"});
  EXPECT_EQ(chart.header("Content-Type"), "text/vnd.mermaid; charset=utf-8");
  EXPECT_THAT(chart.body, StartsWith("flowchart TD\n"));
  EXPECT_EQ(client.request("GET", "/v1/graph", "", {"Accept: image/png"}).status, 406);
  EXPECT_EQ(client.get("/v1/graph?format=png").status, 400);
}

TEST(LookingInside, tells_where_a_row_came_from) {
  TestService rig;
  rig.set("a", 30);
  auto client = rig.connect();
  const auto json = client.get("/v1/graph/why?view=guard&key=a");
  EXPECT_EQ(json.status, 200);
  EXPECT_THAT(json.body,
              HasSubstr(R"("view":"readings","kind":"input","key":"a","value":{"place":"hall","celsius":30})"));
  const auto text = client.get("/v1/graph/why?view=guard&key=%22a%22&format=text");
  EXPECT_EQ(text.body, "guard[a] at version 1\nguard[a] = 30\n└─ readings[a] = {\"place\":\"hall\",\"celsius\":30}\n");
  EXPECT_EQ(client.get("/v1/graph/why?view=points&key=%7B%22x%22:1,%22y%22:2%7D").status, 200);
}

TEST(LookingInside, refuses_what_it_cannot_answer) {
  TestService rig;
  auto client = rig.connect();
  EXPECT_EQ(client.get("/v1/graph/why?view=guard").status, 400);
  EXPECT_EQ(client.get("/v1/graph/why?view=nothing&key=a").status, 404);
  EXPECT_EQ(client.get("/v1/graph/why?view=points&key=a").status, 400);
  EXPECT_EQ(client.get("/v1/graph/why?view=guard&key=a&format=mermaid").status, 400);
  EXPECT_EQ(client.request("POST", "/v1/graph").status, 405);
}

TEST(LookingInside, is_for_the_machine_itself_unless_the_program_says_otherwise) {
  const auto shows = [](std::string host, std::optional<bool> show = std::nullopt) {
    ServiceOptions options;
    options.host = std::move(host);
    options.show_graph = show;
    return service::shows_graph(options);
  };
  EXPECT_TRUE(shows("127.0.0.1"));
  EXPECT_TRUE(shows("localhost"));
  EXPECT_TRUE(shows("::1"));
  EXPECT_FALSE(shows("0.0.0.0"));
  EXPECT_FALSE(shows("::"));
  EXPECT_FALSE(shows("192.0.2.7"));
  EXPECT_TRUE(shows("0.0.0.0", true));
  EXPECT_FALSE(shows("127.0.0.1", false));

  ServiceOptions options;
  options.show_graph = false;
  TestService rig(options);
  auto client = rig.connect();
  EXPECT_EQ(client.get("/v1/graph").status, 404);
  EXPECT_EQ(client.get("/v1/graph/why?view=guard&key=a").status, 404);
}

}  // namespace
}  // namespace freshet
