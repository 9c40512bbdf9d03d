// SPDX-License-Identifier: MIT
// The typed face over every kind of store: what a program says is the same for all of them.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Circle;
struct Shape {
  std::string id;
  std::string color;
  std::vector<std::string> tags;
  std::optional<double> weight;
  Timestamp made{};
  bool operator==(const Shape&) const = default;
};
constexpr auto describe(of<Shape>) {
  return model("shapes", subclasses<Circle>(), key<&Shape::id>(), field<&Shape::color>(), field<&Shape::tags>(),
               field<&Shape::weight>(), field<&Shape::made>(), index<&Shape::color>());
}
struct Circle : Shape {
  double radius = 0;
};
constexpr auto describe(of<Circle>) { return model("circles", extends<Shape>(), field<&Circle::radius>()); }

struct Author;
struct Book : Record {
  std::string id, title;
  Nested<Author> author;
  void describe(Describer& d) {
    d.name("books");
    d.key("id", id);
    d.field("title", title);
    d.field("author", author);
  }
};
struct Author : Record {
  std::string id, name;
  std::vector<Nested<Book>> books;
  void describe(Describer& d) {
    d.name("authors");
    d.key("id", id);
    d.field("name", name);
    d.field("books", books);
  }
};

struct Kind {
  std::string name;
  std::function<std::string(const store::testing::TemporaryFolder&)> url;
  store::PostgresFeed feed = store::PostgresFeed::automatic;
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

std::string postgres_url(const store::testing::TemporaryFolder&) {
  return store::testing::PostgresServer::shared().make_database();
}

class StoreKinds : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const auto prepared = store_.prepare<Shape, Author, Book>();
    ASSERT_TRUE(prepared.has_value()) << to_string(prepared.error());
  }
  static Shape shape(std::string id, std::string color, std::vector<std::string> tags = {}) {
    Shape made;
    made.id = std::move(id);
    made.color = std::move(color);
    made.tags = std::move(tags);
    return made;
  }
  template <class T> std::vector<std::string> ids(const From<T>& from) {
    const auto found = store_.query(from);
    if (!found) return {to_string(found.error())};
    std::vector<std::string> out;
    for (const auto& document : *found) out.emplace_back(document.reference.name());
    return out;
  }

  store::testing::TemporaryFolder folder_;
  Store store_ = Store::open(GetParam().url(folder_), {.postgres = {.feed = GetParam().feed}}).value();
};

INSTANTIATE_TEST_SUITE_P(Typed, StoreKinds,
                         ::testing::Values(Kind{"memory", [](const auto&) { return std::string("memory:"); }},
                                           Kind{"sqlite",
                                                [](const auto& folder) { return "sqlite:" + folder.file("store.db"); }},
                                           Kind{"postgres_log", postgres_url, store::PostgresFeed::logical},
                                           Kind{"postgres_table", postgres_url, store::PostgresFeed::change_log}),
                         [](const auto& each) { return each.param.name; });

TEST_P(StoreKinds, writes_reads_and_refuses_in_transactions) {
  const auto made = store_.transact([&](StoreTransaction& t) -> Result<Revision> {
    Shape red = shape("r", "red", {"warm"});
    red.weight = 0.1;
    red.made = Timestamp(std::chrono::microseconds(1'700'000'000'123'456));
    if (auto created = t.create(red); !created) return fail(created.error());
    auto seen = t.get<Shape>("r");
    if (!seen) return fail(seen.error());
    EXPECT_EQ((*seen)->value, red) << "its own writes, to the last bit";
    auto updated = t.update<&Shape::color>("r", "crimson", {.revision = (*seen)->revision});
    if (!updated) return fail(updated.error());
    return updated->revision;
  });
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  EXPECT_EQ(*made, 2);
  const auto late = store_.update<&Shape::color>("r", "pink", {.revision = 1});
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_EQ(store_.create(shape("r", "red")).error().code, ErrorCode::already_exists);
  const auto undone = store_.transact([&](StoreTransaction& t) -> Result<void> {
    (void)t.set(shape("r", "black"));
    (void)t.create(shape("n", "new"));
    return fail(ErrorCode::refused, "no");
  });
  EXPECT_EQ(undone.error().code, ErrorCode::refused);
  EXPECT_EQ(store_.get<Shape>("r").value()->value.color, "crimson");
  const auto many = store_.get_many<Shape>({"n", "r", "none"}).value();
  EXPECT_FALSE(many[0] || many[2]);
  EXPECT_EQ(many[1]->value.weight, 0.1);
  EXPECT_TRUE(store_.remove<Shape>("r").has_value());
  EXPECT_FALSE(store_.get<Shape>("r").value().has_value());
}

TEST_P(StoreKinds, joins_a_transaction_that_is_under_way) {
  const auto outer = store_.transact([&](StoreTransaction& t) -> Result<void> {
    if (auto made = t.create(shape("a", "red")); !made) return fail(made.error());
    const auto inner = store_.create(shape("b", "blue"));
    EXPECT_TRUE(inner.has_value());
    EXPECT_TRUE(store_.get<Shape>("a").value().has_value()) << "it sees what the outer one wrote";
    return fail(ErrorCode::refused, "neither");
  });
  EXPECT_FALSE(outer.has_value());
  EXPECT_THAT(ids(from<Shape>()), IsEmpty());
}

TEST_P(StoreKinds, answers_queries_of_either_face) {
  ASSERT_TRUE(store_.create(shape("a", "red", {"warm", "bright"})).has_value());
  ASSERT_TRUE(store_.create(shape("b", "blue", {"cold"})).has_value());
  ASSERT_TRUE(store_.create(shape("c", "red")).has_value());
  Circle circle;
  circle.id = "o";
  circle.color = "blue";
  circle.radius = 2.5;
  ASSERT_TRUE(store_.create(circle).has_value());
  ASSERT_TRUE(store_.update<&Shape::weight>("b", 3.5).has_value());
  EXPECT_THAT(ids(from<Shape>().where(attribute<&Shape::color> == "red").order_by<&Shape::id>()),
              ElementsAre("a", "c"));
  EXPECT_THAT(ids(from<Shape>().where("color", "!=", "red").order_by("id")), ElementsAre("b", "o"));
  EXPECT_THAT(ids(from<Shape>().where("tags", "contains", "warm")), ElementsAre("a"));
  EXPECT_THAT(ids(from<Shape>().where("weight", ">", 3.0)), ElementsAre("b"));
  EXPECT_THAT(ids(from<Circle>()), ElementsAre("o"));
  EXPECT_THAT(ids(from<Shape>().where(attribute<&Circle::radius> == 2.5)), ElementsAre("o"));
  EXPECT_THAT(ids(from<Shape>().order_by("color").limit(2).offset(1)), ElementsAre("o", "a"));
  const auto concrete = store_.query(from<Poly<Shape>>().where("id", "==", "o")).value();
  ASSERT_EQ(concrete.size(), 1U);
  ASSERT_NE(concrete[0].value.as<Circle>(), nullptr);
  EXPECT_EQ(concrete[0].value.as<Circle>()->radius, 2.5);
  EXPECT_THAT(ids(from<Shape>().where("colour", "==", "red")).front(), HasSubstr("colour"));
}

TEST_P(StoreKinds, saves_and_loads_what_refers_to_each_other) {
  const auto saved = store_.transact([](StoreTransaction& t) -> Result<void> {
    Book book;
    book.id = "b1";
    book.title = "On streams";
    Author author;
    author.id = "a1";
    author.name = "Ada";
    author.books = {Nested<Book>("b1")};
    book.author = Nested<Author>("a1");
    book.author.load(author);
    const auto done = t.save(book);
    return done ? Result<void>() : fail(done.error());
  });
  ASSERT_TRUE(saved.has_value()) << to_string(saved.error());
  const auto loaded = store_.read([](StoreTransaction& t) -> Result<std::string> {
    auto found = t.get<Author>("a1");
    if (!found) return fail(found.error());
    std::vector<Author> authors{(*found)->value};
    if (auto filled = t.load(authors, 2); !filled) return fail(filled.error());
    const Book& book = *authors.front().books.front().get();
    return book.title + " by " + book.author.get()->name;
  });
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
  EXPECT_EQ(*loaded, "On streams by Ada");
}

TEST_P(StoreKinds, keeps_collections_of_a_graph_equal_to_it) {
  ASSERT_TRUE(store_.create(shape("a", "red")).has_value());
  Graph graph;
  LiveStore live(store_, graph);
  const auto shapes = live.collection<Shape>();
  const auto started = live.start();
  ASSERT_TRUE(started.has_value()) << to_string(started.error());
  ASSERT_TRUE(live.wait_until_ready(std::chrono::seconds(30)).has_value());
  const auto colors = [&] {
    std::map<std::string, std::string> out;
    shapes.for_each([&](const std::string& id, const Values<Shape>& values) { out[id] = values.front().color; });
    return out;
  };
  EXPECT_THAT(colors(), ElementsAre(std::pair("a", "red")));
  const auto wait_for = [&](const store::Position& position) {
    bool is_there = false;
    live.when_at(position, [&](Version) { is_there = true; });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_there && std::chrono::steady_clock::now() < deadline) graph.run_posted();
    return is_there;
  };
  store::Position position;
  const auto changed = store_.transact(
      [](StoreTransaction& t) -> Result<void> {
        (void)t.update<&Shape::color>("a", "green");
        const auto created = t.create(shape("b", "blue"));
        return created ? Result<void>() : fail(created.error());
      },
      &position);
  ASSERT_TRUE(changed && wait_for(position));
  EXPECT_THAT(colors(), ElementsAre(std::pair("a", "green"), std::pair("b", "blue")));
  // What no collection follows moves it on as well: who wrote that need not know who follows what.
  const auto elsewhere = store_.transact(
      [](StoreTransaction& t) -> Result<void> {
        Author author;
        author.id = "a2";
        const auto created = t.create(author);
        return created ? Result<void>() : fail(created.error());
      },
      &position);
  ASSERT_TRUE(elsewhere && wait_for(position));
  EXPECT_EQ(live.errors().size(), 0U);
}

}  // namespace
}  // namespace freshet
