// SPDX-License-Identifier: MIT
// Requests as functions: real sockets, a real store, one test per promise.
#include "freshet/meta/rest_mediator.hpp"

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/service/mediators/testing/served.hpp"

namespace freshet {
namespace {

using mediators::testing::Served;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// [models]
struct City {
  std::string id;
  std::string name;
  std::string country;
  bool capital = false;
};
constexpr auto describe(of<City>) {
  return model("cities", key<&City::id>(), field<&City::name>(length(1, 20)), field<&City::country>(),
               field<&City::capital>(optional));
}
struct Page {
  std::int64_t limit = 10;
};
constexpr auto describe(of<Page>) { return model("page", field<&Page::limit>(range(1, 100), optional)); }
// [/models]

// [handlers]
Result<City> found(const City& city, const StoreTransaction& transaction) {
  auto created = transaction.create(city);
  return created ? Result<City>(created->value) : Result<City>(fail(created.error()));
}
Result<std::optional<City>> change(const std::string& id, const Amendment<City>& changes,
                                   const StoreTransaction& transaction) {
  const auto known = transaction.get<City>(id);
  if (!known) return fail(known.error());
  if (!*known) return std::nullopt;
  City city = (*known)->value;
  if (auto applied = changes.apply_to(city); !applied) return fail(applied.error());
  return city;
}
Result<void> raze(const std::string& id, const StoreTransaction& transaction) {
  return transaction.remove<City>(id, {.exists = true});
}
auto look(const std::string& id, const StoreTransaction& transaction) { return transaction.get<City>(id); }
auto list(const Page& page, const StoreTransaction& transaction) {
  return transaction.query(from<City>().order_by<&City::name>().limit(static_cast<std::size_t>(page.limit)));
}
// [/handlers]

class MetaRest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(rig.store.prepare<City>());
    ASSERT_TRUE(rig.store.set(City{"TOK", "Tokyo", "Japan", true}));
    Mediators& mediators = rig.mediators;
    // [rest]
    mediators.rest("cities", {.path = "/cities", .doc = "Where people live."})
        .on_create(found)
        .on_update(change)
        .to(to_documents)
        .on_delete(raze)
        .on_read(look)
        .on_list(list);
    // [/rest]
  }
  static constexpr const char* kTokyo = R"({"id":"TOK","name":"Tokyo","country":"Japan","capital":true})";

  Served rig;
};

TEST_F(MetaRest, creates_reads_lists_and_removes) {
  rig.serve();
  const auto made = rig.request("POST", "/cities", R"({"id":"L A","name":"Los Angeles","country":"USA"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, R"({"id":"L A","name":"Los Angeles","country":"USA","capital":false})");
  EXPECT_EQ(made.header("Location"), "/cities/L%20A");
  EXPECT_EQ(rig.request("GET", "/cities/L%20A").body, made.body);
  EXPECT_EQ(rig.request("GET", "/cities?limit=1").body, "{\"results\":[" + made.body + "]}");
  EXPECT_EQ(rig.request("GET", "/cities").body, "{\"results\":[" + made.body + "," + kTokyo + "]}");
  const auto gone = rig.request("DELETE", "/cities/L%20A");
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.body, "");
  EXPECT_EQ(rig.request("GET", "/cities/L%20A").status, 404);
  EXPECT_EQ(rig.request("DELETE", "/cities/L%20A").status, 404);
  EXPECT_EQ(rig.status("cities").processed, 7);
  EXPECT_EQ(rig.status("cities").source, "/cities");
}

TEST_F(MetaRest, changes_in_part_or_as_a_whole) {
  rig.serve();
  const auto patched = rig.request("PATCH", "/cities/TOK", R"({"name":"Edo"})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.body, R"({"id":"TOK","name":"Edo","country":"Japan","capital":true})");
  const auto put = rig.request("PUT", "/cities/TOK", R"({"id":"TOK","name":"Kyoto","country":"Japan"})");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, R"({"id":"TOK","name":"Kyoto","country":"Japan","capital":false})")
      << "what is left out takes its default";
  EXPECT_EQ(rig.request("GET", "/cities/TOK").body, put.body);
  EXPECT_EQ(rig.request("PATCH", "/cities/NIL", R"({"name":"Edo"})").status, 404);
}

TEST_F(MetaRest, refuses_what_is_wrong_and_says_what) {
  rig.serve();
  const auto expect = [&](const char* method, const char* path, const char* body, int status, const char* says) {
    const auto answer = rig.request(method, path, body);
    EXPECT_EQ(answer.status, status) << method << ' ' << body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << method << ' ' << body;
    EXPECT_THAT(answer.body, HasSubstr(says));
  };
  expect("POST", "/cities", "no JSON", 400, "expected");
  expect("POST", "/cities", R"({"id":"x","name":"X"})", 400, "country");
  expect("POST", "/cities", R"({"id":"x","name":"","country":"X"})", 400, "$.name");
  expect("POST", "/cities", R"({"id":"x","nmae":"X","country":"X"})", 400, "$.nmae");
  expect("POST", "/cities", R"({"id":"TOK","name":"X","country":"X"})", 409, "TOK");
  expect("PATCH", "/cities/TOK", R"({"mayor":"X"})", 400, "$.mayor");
  expect("PATCH", "/cities/TOK", R"({"name":7})", 400, "$.name");
  expect("PUT", "/cities/TOK", R"({"id":"TOK","name":"X"})", 400, "country");
  expect("PUT", "/cities/TOK", R"({"id":"KYO","name":"X","country":"Y"})", 400, "the key is another one");
  expect("GET", "/cities?limit=0", "", 400, "limit");
  expect("GET", "/cities?limti=1", "", 400, "limti");
  expect("GET", "/cities/NIL", "", 404, "NIL");
  expect("PATCH", "/cities", "{}", 405, "");
  EXPECT_EQ(rig.connect().request("POST", "/cities", "x", {"Content-Type: text/plain"}).status, 415);
  EXPECT_EQ(rig.request("GET", "/cities/TOK").body, kTokyo) << "nothing of all that was done";
}

TEST_F(MetaRest, depends_on_what_the_client_saw_where_it_says_so) {
  rig.serve();
  const std::string seen(rig.request("GET", "/cities/TOK").header("ETag"));
  EXPECT_FALSE(seen.empty());
  EXPECT_EQ(rig.request("GET", "/cities/TOK", "", {"If-None-Match: " + seen}).status, 304);
  EXPECT_EQ(rig.request("PATCH", "/cities/TOK", R"({"name":"Edo"})", {"If-Match: " + seen}).status, 200);
  EXPECT_EQ(rig.request("GET", "/cities/TOK", "", {"If-None-Match: " + seen}).status, 200);
  const auto late = rig.request("PATCH", "/cities/TOK", R"({"name":"Oops"})", {"If-Match: " + seen});
  EXPECT_EQ(late.status, 412);
  EXPECT_THAT(late.body, HasSubstr("not what it was"));
  EXPECT_EQ(rig.request("DELETE", "/cities/TOK", "", {"If-Match: " + seen}).status, 412);
  EXPECT_EQ(rig.request("PATCH", "/cities/NIL", R"({"name":"Oops"})", {"If-Match: *"}).status, 412);
  EXPECT_THAT(rig.request("GET", "/cities/TOK").body, HasSubstr("Edo"));
  EXPECT_EQ(rig.request("DELETE", "/cities/TOK", "", {"If-Match: *"}).status, 204);
}

TEST_F(MetaRest, runs_a_handler_again_only_where_its_transaction_did_not_happen) {
  std::atomic<int> calls = 0;
  std::vector<std::string> told;
  rig.mediators.rest("races")
      .on_create([&](const City& city) -> Result<City> {
        if (++calls == 1) return fail(store::lost_race("injected"));
        return city;
      })
      .to(to_documents)
      .to([&](const City& city) { told.push_back(city.id); });
  std::atomic<int> lost = 0;
  rig.mediators.rest("losses").on_create([&](const City&) -> Result<void> {
    ++lost;
    return fail(ErrorCode::unavailable, "the connection went away within the commit");
  });
  rig.serve();
  const std::string city = R"({"id":"LA","name":"Los Angeles","country":"USA"})";
  EXPECT_EQ(rig.request("POST", "/v1/rest/races", city).status, 201);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(rig.status("races").retried, 1);
  EXPECT_THAT(told, ElementsAre("LA")) << "once, when it is durable";
  EXPECT_EQ(rig.request("GET", "/cities/LA").status, 200);

  EXPECT_EQ(rig.request("POST", "/v1/rest/losses", city).status, 503);
  EXPECT_EQ(lost, 1) << "nobody knows what became of it, so it is not done again";
  EXPECT_EQ(rig.status("losses").dead, 1);
}

TEST_F(MetaRest, sends_nothing_anywhere_when_the_transaction_fails) {
  std::vector<std::string> told;
  rig.mediators.rest("failing")
      .on_create([](const City& city, const StoreTransaction& transaction) -> Result<City> {
        if (auto set = transaction.set(city); !set) return fail(set.error());
        if (city.country == "nowhere") throw Failure({.code = ErrorCode::refused, .primary = "there is no such place"});
        return city;
      })
      .to([&](const City& city) { told.push_back(city.id); });
  rig.serve();
  EXPECT_EQ(rig.request("POST", "/v1/rest/failing", R"({"id":"A","name":"A","country":"nowhere"})").status, 422);
  EXPECT_EQ(rig.request("GET", "/cities/A").status, 404);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(rig.request("POST", "/v1/rest/failing", R"({"id":"B","name":"B","country":"somewhere"})").status, 201);
  EXPECT_THAT(told, ElementsAre("B"));
}

TEST_F(MetaRest, lets_only_so_many_requests_be_with_the_store) {
  std::promise<void> open;
  std::promise<void> inside;
  rig.mediators.rest("slow", {.requests_max = 1}).on_create([&, gate = open.get_future().share()](const City&) {
    inside.set_value();
    gate.wait();
  });
  rig.serve();
  const std::string city = R"({"id":"LA","name":"Los Angeles","country":"USA"})";
  auto first = rig.connect();
  first.send("POST /v1/rest/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(city.size()) + "\r\n\r\n" + city);
  auto reached = inside.get_future();
  const bool is_inside =
      rig.eventually([&] { return reached.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  EXPECT_TRUE(is_inside);
  const auto second = rig.request("POST", "/v1/rest/slow", city);
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.header("Retry-After"), "1");
  EXPECT_EQ(rig.status("slow").waiting, 1);
  open.set_value();
  EXPECT_EQ(first.read_response().status, 204);
  EXPECT_TRUE(rig.eventually([&] { return rig.status("slow").waiting == 0; }));
}

TEST_F(MetaRest, answers_nobody_before_it_runs_and_after) {
  rig.serve();
  rig.mediators.stop();
  EXPECT_EQ(rig.request("GET", "/cities/TOK").status, 503);
  ASSERT_TRUE(rig.mediators.start());
  EXPECT_EQ(rig.request("GET", "/cities/TOK").status, 200);
}

TEST(MetaRestCaller, decides_by_who_asks) {
  ServiceOptions options;
  options.auth.testing = true;
  Served rig(options);
  ASSERT_TRUE(rig.store.prepare<City>());
  rig.mediators.rest("mine").on_read([](const Caller& caller, const std::string& key) -> Result<City> {
    if (caller.user != key) return fail(ErrorCode::forbidden, "it belongs to " + key);
    return City{key, "home", "here", false};
  });
  rig.serve();
  EXPECT_EQ(rig.request("GET", "/v1/rest/mine/ann", "", {"Authorization: Bearer ann"}).status, 200);
  EXPECT_EQ(rig.request("GET", "/v1/rest/mine/ann", "", {"Authorization: Bearer ben"}).status, 403);
  EXPECT_EQ(rig.request("GET", "/v1/rest/mine/ann").status, 401);
}

TEST(MetaRestDeclaration, refuses_what_is_wrong) {
  const Store store = Store::open("memory:").value();
  Mediators alone(store);
  EXPECT_THROW(alone.rest("cities"), Failure) << "there is no service";
  Served rig;
  const auto cities = rig.mediators.rest("cities");
  EXPECT_THROW(rig.mediators.rest("cities"), Failure);
  EXPECT_THROW(rig.mediators.rest("a/b"), Failure);
  cities.on_delete([](const std::string&) {});
  EXPECT_THROW(cities.on_delete([](const std::string&) {}), Failure);
}

}  // namespace
}  // namespace freshet
