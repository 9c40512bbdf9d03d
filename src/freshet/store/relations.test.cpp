// SPDX-License-Identifier: MIT
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/record.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/store/store.hpp"

namespace freshet {
namespace {

// [relations]
struct Category;
struct Post : Record {
  std::string id, title;
  Nested<Category> category;
  std::map<std::string, Nested<Post>> related;

  void describe(Describer& d) {
    d.name("posts");
    d.key("id", id);
    d.field("title", title);
    d.field("category", category);
    d.field("related", related);
  }
};
struct Category : Record {
  std::string id, name;
  std::vector<Nested<Post>> posts;

  void describe(Describer& d) {
    d.name("categories");
    d.key("id", id);
    d.field("name", name);
    d.field("posts", posts);
  }
};
// [/relations]

using ::testing::ElementsAre;

// Counts the round trips of a transaction, and what is asked for in them.
class CountingTransaction final : public store::BackendTransaction {
 public:
  explicit CountingTransaction(store::BackendTransaction& inner) : inner_(inner) {}

  Result<std::vector<std::optional<store::Row>>> get_many(const store::Table& table,
                                                          std::span<const store::Key> keys) override {
    asked.push_back(table.name + " " + std::to_string(keys.size()));
    return inner_.get_many(table, keys);
  }
  Result<std::vector<store::Row>> query(const store::Query& query) override { return inner_.query(query); }
  Result<std::optional<store::Row>> write(const store::Write& write) override {
    written.push_back(write.table->name + "/" + write.key.id);
    return inner_.write(write);
  }

  std::vector<std::string> asked;
  std::vector<std::string> written;

 private:
  store::BackendTransaction& inner_;
};

Post post(std::string id, std::string category) {
  Post made;
  made.title = "Post " + id;
  made.id = std::move(id);
  made.category = Nested<Category>(std::move(category));
  return made;
}

Store store_with_posts(int count) {
  Store store = Store::open("memory:").value();
  EXPECT_TRUE((store.prepare<Post, Category>().has_value()));
  Category news;
  news.id = news.name = "news";
  for (int i = 0; i < count; ++i) news.posts.emplace_back("p" + std::to_string(i));
  const auto made = store.transact([&](StoreTransaction& t) -> Result<void> {
    for (int i = 0; i < count; ++i) (void)t.create(post("p" + std::to_string(i), "news"));
    (void)t.create(news);
    return {};
  });
  EXPECT_TRUE(made.has_value());
  return store;
}

TEST(Relations, are_loaded_level_by_level_in_one_round_trip_each) {
  const Store store = store_with_posts(100);
  std::vector<std::string> asked;
  const auto loaded = store.read([&](StoreTransaction& t) -> Result<std::vector<Post>> {
    CountingTransaction counting(t.backend());
    const StoreTransaction counted(counting);
    std::vector<Post> posts;
    const auto found = counted.query(from<Post>());
    for (const auto& each : *found) posts.push_back(each.value);
    if (auto ok = counted.load(posts, 2); !ok) return fail(ok.error());
    asked = counting.asked;
    return posts;
  });
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
  EXPECT_THAT(asked, ElementsAre("categories 1", "posts 100")) << "each document once, however often it is referred to";
  const Category* const news = loaded->front().category.get();
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->name, "news");
  ASSERT_NE(news->posts[42].get(), nullptr);
  EXPECT_EQ(news->posts[42].get()->title, "Post p42");
  EXPECT_EQ(news->posts[42].get()->category.get(), nullptr) << "the depth ends the circle";
}

TEST(Relations, that_go_in_circles_end_at_the_depth) {
  const Store store = store_with_posts(1);
  const auto loaded = store.read([](StoreTransaction& t) -> Result<Post> {
    Post first = (*t.get<Post>("p0"))->value;
    if (auto ok = t.load(first, 6); !ok) return fail(ok.error());
    return first;
  });
  const Post* at = &*loaded;
  int depth = 0;
  while (at != nullptr && at->category.get() != nullptr) {
    ++depth;
    const Category* const category = at->category.get();
    at = category->posts.front().get();
    if (at != nullptr) ++depth;
  }
  EXPECT_EQ(depth, 6);
}

TEST(Relations, to_what_is_not_there_stay_unloaded) {
  const Store store = store_with_posts(0);
  const auto loaded = store.transact([](StoreTransaction& t) -> Result<Post> {
    Post lonely = post("lonely", "nothing");
    lonely.related = {{"none", Nested<Post>()}, {"gone", Nested<Post>("gone")}};
    if (auto ok = t.load(lonely); !ok) return fail(ok.error());
    return lonely;
  });
  ASSERT_TRUE(loaded.has_value());
  EXPECT_FALSE(loaded->category.is_loaded());
  EXPECT_FALSE(loaded->related.at("gone").is_loaded());
}

TEST(Relations, are_saved_before_what_refers_to_them_each_once) {
  const Store store = store_with_posts(0);
  Post inner = post("inner", "news");
  Category news;
  news.id = news.name = "news";
  news.posts = {Nested<Post>("inner"), Nested<Post>("outer")};
  news.posts[0].load(inner);
  Post outer = post("outer", "news");
  outer.category.load(news);
  outer.related = {{"same", Nested<Post>("inner")}, {"not loaded", Nested<Post>("elsewhere")}};
  outer.related.at("same").load(inner);
  std::vector<std::string> written;
  const auto saved = store.transact([&](StoreTransaction& t) -> Result<void> {
    CountingTransaction counting(t.backend());
    const auto document = StoreTransaction(counting).save(outer);
    written = counting.written;
    return document ? Result<void>() : Result<void>(fail(document.error()));
  });
  ASSERT_TRUE(saved.has_value()) << to_string(saved.error());
  EXPECT_THAT(written, ElementsAre("posts/inner", "categories/news", "posts/outer"));
  EXPECT_EQ(store.get<Category>("news").value()->value.posts.size(), 2U);
}

TEST(Relations, are_asked_for_by_id) {
  const Store store = store_with_posts(3);
  EXPECT_EQ(store.query(from<Post>().where(attribute<&Post::category> == "news"))->size(), 3U);
  EXPECT_EQ(store.query(from<Post>().where("category", "==", "sports"))->size(), 0U);
  EXPECT_EQ(store.query(from<Category>().where(attribute<&Category::posts>.contains("p1")))->size(), 1U);
  EXPECT_TRUE(store.get<Category>(post("x", "news").category).value().has_value()) << "a reference names its document";
}

}  // namespace
}  // namespace freshet
