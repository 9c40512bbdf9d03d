// SPDX-License-Identifier: MIT
#include "freshet/classic/rest_mediator.hpp"

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

struct City {
  std::string id;
  std::string name;
  std::string country;
};
constexpr auto describe(of<City>) {
  return model("cities", key<&City::id>(), field<&City::name>(length(1, 20)), field<&City::country>());
}
struct Page {
  std::int64_t limit = 10;
};
constexpr auto describe(of<Page>) { return model("page", field<&Page::limit>(range(1, 100), optional)); }

// [rest]
class Cities final : public RestMediator<City, City, Page> {
 public:
  explicit Cities(std::vector<std::string>& told) : told_(told) {}
  RestOptions options() const override { return {.path = "/cities"}; }

  Result<City> on_create(const Caller&, const City& city, StoreTransaction& transaction) override {
    auto created = transaction.create(city);
    return created ? Result<City>(created->value) : Result<City>(fail(created.error()));
  }
  Result<std::optional<City>> on_update(const Caller&, const std::string& id, const Amendment<City>& changes,
                                        StoreTransaction& transaction) override {
    auto city = on_read({}, id, transaction);
    if (!city || !*city) return city;
    if (auto applied = changes.apply_to(**city); !applied) return fail(applied.error());
    if (auto set = transaction.set(**city); !set) return fail(set.error());
    return city;
  }
  Result<void> on_delete(const Caller&, const std::string& id, StoreTransaction& transaction) override {
    return transaction.remove<City>(id, {.exists = true});
  }
  Result<std::optional<City>> on_read(const Caller&, const std::string& id, StoreTransaction& transaction) override {
    const auto city = transaction.get<City>(id);
    if (!city) return fail(city.error());
    return *city ? std::optional<City>((*city)->value) : std::nullopt;
  }
  Result<std::vector<City>> on_list(const Caller&, const Page& page, StoreTransaction& transaction) override {
    const auto cities = transaction.query(from<City>().order_by("name").limit(static_cast<std::size_t>(page.limit)));
    if (!cities) return fail(cities.error());
    std::vector<City> all;
    for (const auto& city : *cities) all.push_back(city.value);
    return all;
  }
  void after_commit(const City& city) override { told_.push_back(city.name); }

 private:
  std::vector<std::string>& told_;
};
// [/rest]

class OnlyRead final : public RestMediator<City> {
 public:
  Result<std::optional<City>> on_read(const Caller&, const std::string& id, StoreTransaction&) override {
    return City{id, "anywhere", "nowhere"};
  }
};

TEST(ClassicRest, answers_what_is_overridden) {
  std::vector<std::string> told;
  Served rig;
  ASSERT_TRUE(rig.store.prepare<City>());
  rig.mediators.add_rest("cities", std::make_unique<Cities>(told));
  rig.mediators.add_rest("only_read", std::make_unique<OnlyRead>());
  rig.serve();
  const std::string city = R"({"id":"TOK","name":"Tokyo","country":"Japan"})";
  const auto made = rig.request("POST", "/cities", city);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.header("Location"), "/cities/TOK");
  EXPECT_EQ(rig.request("POST", "/cities", city).status, 409);
  const auto read = rig.request("GET", "/cities/TOK");
  EXPECT_EQ(read.body, city);
  EXPECT_EQ(
      rig.request("PATCH", "/cities/TOK", R"({"name":"Edo"})", {"If-Match: " + std::string(read.header("ETag"))}).body,
      R"({"id":"TOK","name":"Edo","country":"Japan"})");
  EXPECT_EQ(rig.request("PUT", "/cities/TOK", city, {"If-Match: " + std::string(read.header("ETag"))}).status, 412);
  EXPECT_EQ(rig.request("PUT", "/cities/NIL", city).status, 404);
  EXPECT_EQ(rig.request("GET", "/cities?limit=1").body, R"({"results":[{"id":"TOK","name":"Edo","country":"Japan"}]})");
  EXPECT_EQ(rig.request("GET", "/cities?limit=none").status, 400);
  EXPECT_EQ(rig.request("DELETE", "/cities/TOK").status, 204);
  EXPECT_EQ(rig.request("DELETE", "/cities/TOK").status, 404);
  EXPECT_THAT(told, ElementsAre("Tokyo", "Edo"));

  EXPECT_EQ(rig.request("GET", "/v1/rest/only_read/x").status, 200);
  EXPECT_EQ(rig.request("DELETE", "/v1/rest/only_read/x").status, 405);
  EXPECT_EQ(rig.request("POST", "/v1/rest/only_read", city).status, 404);
}

}  // namespace
}  // namespace freshet
