// SPDX-License-Identifier: MIT
#include "freshet/store/store.hpp"

#include <atomic>
#include <filesystem>
#include <future>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/base/ids.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/model/ref.hpp"

// [meta_models]
namespace meta_example {
using namespace freshet;

struct User {
  std::string id, first_name, last_name;
  std::int64_t age = 0;
  std::vector<std::string> friends;
  bool operator==(const User&) const = default;
};
constexpr auto describe(of<User>) {
  return model("users", key<&User::id>(), field<&User::first_name>(), field<&User::last_name>(), field<&User::age>(),
               field<&User::friends>(), index<&User::last_name>());
}

struct Municipality;
struct StandardCity;
struct City {
  std::string id, name, country;
};
constexpr auto describe(of<City>) {
  return model("City", subclasses<Municipality, StandardCity>(), key<&City::id>(), field<&City::name>(),
               field<&City::country>());
}
struct Municipality : City {};
constexpr auto describe(of<Municipality>) { return model("Municipality", extends<City>()); }
struct StandardCity : City {
  std::string state;
};
constexpr auto describe(of<StandardCity>) {
  return model("StandardCity", extends<City>(), field<&StandardCity::state>());
}
}  // namespace meta_example
// [/meta_models]

namespace freshet {
namespace {

using meta_example::City;
using meta_example::Municipality;
using meta_example::StandardCity;
using meta_example::User;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

User user(std::string id, std::string first, std::string last, std::int64_t age = 30) {
  return {.id = std::move(id), .first_name = std::move(first), .last_name = std::move(last), .age = age, .friends = {}};
}

template <class T> std::vector<std::string> ids(const Result<std::vector<Document<T>>>& documents) {
  if (!documents) return {to_string(documents.error())};
  std::vector<std::string> result;
  for (const auto& document : *documents) result.emplace_back(document.reference.name());
  return result;
}

Store open_memory_store() {
  Store store = Store::open("memory:").value();
  const auto prepared = store.prepare<User, City>();
  EXPECT_TRUE(prepared.has_value());
  return store;
}

Store store_with_users() {
  Store store = open_memory_store();
  const auto made = store.transact([](StoreTransaction& t) -> Result<void> {
    User tijuana = user("tijuana", "Tijuana", "Furlong", 0);
    tijuana.friends = {"joshua"};
    (void)t.create(tijuana);
    (void)t.create(user("thomasina", "Thomasina", "Manes", 1));
    (void)t.create(user("joshua", "Joshua", "Pendergrast", 7));
    return {};
  });
  EXPECT_TRUE(made.has_value());
  return store;
}

Store store_with_cities() {
  Store store = open_memory_store();
  const auto made = store.transact([](StoreTransaction& t) -> Result<void> {
    for (const auto& [id, name] : {std::pair("SF", "San Francisco"), std::pair("LA", "Los Angeles")}) {
      StandardCity city;
      city.id = id;
      city.name = name;
      city.country = "USA";
      city.state = "CA";
      (void)t.create(city);
    }
    for (const auto& [id, country] : {std::pair("DC", "USA"), std::pair("TOK", "Japan"), std::pair("BJ", "China")}) {
      Municipality city;
      city.id = city.name = id;
      city.country = country;
      (void)t.create(city);
    }
    return {};
  });
  EXPECT_TRUE(made.has_value());
  return store;
}

TEST(Store, opens_by_url_and_keeps_documents) {
  const std::string path = std::filesystem::temp_directory_path() / (random_token("freshet-store-") + ".sqlite");
  // [open]
  const auto remember = [&]() -> Result<void> {
    auto store = Store::open("sqlite:" + path);  // or "memory:", or "postgres://user:password@host:5432/database"
    if (!store) return fail(store.error());
    if (auto ok = store->prepare<User>(); !ok) return ok;
    const auto saved = store->set(user("tijuana", "Tijuana", "Furlong"));
    return saved ? Result<void>() : Result<void>(fail(saved.error()));
  };
  ASSERT_TRUE(remember().has_value());
  const Store again = Store::open("sqlite:" + path).value();
  ASSERT_TRUE(again.prepare<User>().has_value());
  const auto found = again.get<User>("tijuana").value();
  EXPECT_EQ(found->value.last_name, "Furlong");
  EXPECT_EQ(found->revision, 1);
  EXPECT_EQ(found->reference.path(), "users/tijuana");
  // [/open]
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

TEST(Store, refuses_urls_that_it_does_not_know_and_keeps_their_secrets) {
  for (const char* url : {"", "memory", "sqlite:", "mysql://me:secret@there/db"}) {
    const auto store = Store::open(url);
    ASSERT_FALSE(store.has_value()) << url;
    EXPECT_EQ(store.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(to_string(store.error()), ::testing::Not(HasSubstr("secret")));
  }
}

TEST(Store, writes_in_transactions_and_gives_back_what_the_body_gives) {
  const Store store = store_with_users();
  // [transaction]
  const Result<std::string> name = store.transact([](StoreTransaction& t) -> Result<std::string> {
    const auto found = t.get<User>("tijuana");
    if (!found) return fail(found.error());
    if (!*found) return fail(ErrorCode::not_found, "no such user");
    const auto updated = t.update<&User::last_name>("tijuana", "Long", {.revision = (*found)->revision});
    if (!updated) return fail(updated.error());
    return updated->value.first_name + " " + updated->value.last_name;
  });
  // [/transaction]
  EXPECT_EQ(name.value(), "Tijuana Long");
  EXPECT_EQ(store.get<User>("tijuana").value()->revision, 2);
}

TEST(Store, creates_sets_updates_and_removes) {
  const Store store = open_memory_store();
  EXPECT_EQ(store.create(user("a", "A", "B"))->revision, 1);
  EXPECT_EQ(store.create(user("a", "A", "B")).error().code, ErrorCode::already_exists);
  EXPECT_EQ(store.set(user("a", "A", "C"))->revision, 2);
  EXPECT_EQ(store.update<&User::age>("a", 31)->value, user("a", "A", "C", 31));
  EXPECT_EQ(store.update<&User::age>("b", 31).error().code, ErrorCode::not_found);
  const auto named = store.transact([](StoreTransaction& t) {
    return t.update(user("a", "Z", "Z", 99), {"first_name", "age"});
  });
  EXPECT_EQ(named->value, user("a", "Z", "C", 99));
  EXPECT_EQ(store.remove<User>("a", {.revision = 1}).error().code, ErrorCode::conflict);
  EXPECT_TRUE(store.remove<User>("a").has_value());
  EXPECT_TRUE(store.remove<User>("a").has_value());
  EXPECT_FALSE(store.get<User>("a").value().has_value());
  EXPECT_EQ(store.set(user("a", "A", "B"), {.exists = true}).error().code, ErrorCode::not_found);
}

TEST(Store, refuses_to_update_what_is_no_stored_attribute) {
  const Store store = store_with_users();
  const auto update = [&](std::string_view attribute) {
    return store.transact([&](StoreTransaction& t) { return t.update(user("tijuana", "", ""), {attribute}); });
  };
  EXPECT_THAT(to_string(update("frist_name").error()), HasSubstr("users.frist_name"));
  EXPECT_THAT(to_string(update("id").error()), HasSubstr("cannot be changed"));
  EXPECT_THAT(to_string(store.update<&User::last_name>("tijuana", "\xff").error()), HasSubstr("$.last_name"));
}

TEST(Store, gets_many_in_order) {
  const Store store = store_with_users();
  const auto found = store.get_many<User>({"joshua", "nobody", "tijuana", "joshua"}).value();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0]->value.first_name, "Joshua");
  EXPECT_FALSE(found[1].has_value());
  EXPECT_EQ(found[2]->value.first_name, "Tijuana");
}

TEST(Store, answers_queries_in_both_faces) {
  const Store store = store_with_cities();
  // [query]
  const auto meta = from<City>()
                        .where(attribute<&City::country> == "USA")
                        .where(attribute<&StandardCity::state> == "CA")
                        .order_by<&City::name>()
                        .limit(10);
  const auto classic = from<City>().where("country", "==", "USA").where("state", "==", "CA").order_by("name").limit(10);
  // [/query]
  EXPECT_THAT(ids(store.query(meta)), ElementsAre("LA", "SF"));
  EXPECT_THAT(ids(store.query(classic)), ElementsAre("LA", "SF"));
}

TEST(Store, asks_a_parent_for_all_and_a_child_for_its_own) {
  const Store store = store_with_cities();
  EXPECT_THAT(ids(store.query(from<City>())), ElementsAre("BJ", "DC", "LA", "SF", "TOK"));
  EXPECT_THAT(ids(store.query(from<Municipality>())), ElementsAre("BJ", "DC", "TOK"));
  EXPECT_THAT(ids(store.query(from<StandardCity>().limit(1))), ElementsAre("LA"));
  const auto concrete = store.query(from<Poly<City>>().where("id", "in", std::vector{"SF", "DC"})).value();
  ASSERT_EQ(concrete.size(), 2U);
  EXPECT_EQ(concrete[0].value.obj_type(), "Municipality");
  ASSERT_NE(concrete[1].value.as<StandardCity>(), nullptr);
  EXPECT_EQ(concrete[1].value.as<StandardCity>()->state, "CA");
  EXPECT_FALSE(store.get<Municipality>("SF").value().has_value()) << "it is none";
  EXPECT_EQ(store.get<City>("SF").value()->value.name, "San Francisco");
}

TEST(Store, compares_attributes_in_every_way) {
  const Store store = store_with_users();
  const auto found = [&](const store::AttributeCondition& condition) {
    return ids(store.query(from<User>().where(condition)));
  };
  EXPECT_THAT(found(attribute<&User::age> == 1), ElementsAre("thomasina"));
  EXPECT_THAT(found(attribute<&User::age> != 1), ElementsAre("joshua", "tijuana"));
  EXPECT_THAT(found(attribute<&User::age> >= 1), ElementsAre("joshua", "thomasina"));
  EXPECT_THAT(found(attribute<&User::age> > 1), ElementsAre("joshua"));
  EXPECT_THAT(found(attribute<&User::age> < 1), ElementsAre("tijuana"));
  EXPECT_THAT(found(attribute<&User::age>.in({0, 7})), ElementsAre("joshua", "tijuana"));
  EXPECT_THAT(found(attribute<&User::friends>.contains("joshua")), ElementsAre("tijuana"));
  EXPECT_THAT(found(attribute<&User::id> == "joshua"), ElementsAre("joshua"));
  const auto range = from<User>().where(attribute<&User::age> >= 0).where(attribute<&User::age> <= 1);
  EXPECT_THAT(ids(store.query(range)), ElementsAre("thomasina", "tijuana"));
  EXPECT_THAT(ids(store.query(from<User>().where("friends", "contains", "joshua"))), ElementsAre("tijuana"));
  EXPECT_THAT(ids(store.query(from<User>().where("age", "<", 7).order_by("age", Direction::descending))),
              ElementsAre("thomasina", "tijuana"));
}

TEST(Store, reads_page_after_page) {
  const Store store = store_with_users();
  const auto by_age = from<User>().order_by<&User::age>();
  const auto first = store.query(by_age.limit(2)).value();
  EXPECT_EQ(first.size(), 2U);
  EXPECT_THAT(ids(store.query(by_age.start_after(first.back()).limit(2))), ElementsAre("joshua"));
  EXPECT_THAT(ids(store.query(by_age.start_at(1))), ElementsAre("thomasina", "joshua"));
  EXPECT_THAT(ids(store.query(by_age.end_before(1))), ElementsAre("tijuana"));
  EXPECT_THAT(ids(store.query(by_age.offset(1).end_at(1))), ElementsAre("thomasina"));
}

TEST(Store, names_what_is_wrong_with_a_query) {
  const Store store = open_memory_store();
  const auto refusal = [&](const From<User>& query) {
    const auto found = store.query(query);
    return found ? "no refusal" : to_string(found.error());
  };
  EXPECT_THAT(refusal(from<User>().where("lsat_name", "==", "x")), HasSubstr("'users' has no attribute 'lsat_name'"));
  EXPECT_THAT(refusal(from<User>().where("lsat_name", "==", "x")), HasSubstr("last_name")) << "with the nearest one";
  EXPECT_THAT(refusal(from<User>().where("age", "=", 1)), HasSubstr("'=' is no comparison"));
  EXPECT_THAT(refusal(from<User>().where("age", "==", "one")), HasSubstr("users.age"));
  EXPECT_THAT(refusal(from<User>().where("age", "contains", 1)), HasSubstr("is no list"));
  EXPECT_THAT(refusal(from<User>().where("last_name", "==", "\xff")), HasSubstr("users.last_name"));
  EXPECT_THAT(refusal(from<User>().order_by("friends")), HasSubstr("users.friends"));
  EXPECT_THAT(refusal(from<User>().start_at(1)), HasSubstr("cursor"));
}

TEST(Store, keeps_documents_within_documents) {
  const Store store = open_memory_store();
  const Reference meeting = Reference() / "meetings" / "m1";
  ASSERT_TRUE(store
                  .transact([&](StoreTransaction& t) -> Result<void> {
                    (void)t.create(user("a", "outer", "x"));
                    (void)t.in(meeting).create(user("a", "inner", "x"));
                    EXPECT_EQ(t.in(meeting).get<User>("a").value()->reference.path(), "meetings/m1/users/a");
                    return {};
                  })
                  .has_value());
  EXPECT_EQ(store.query(from<User>().in(meeting))->front().value.first_name, "inner");
  EXPECT_EQ(store.query(from<User>().in_group())->size(), 2U);
  EXPECT_EQ(store.query(from<User>())->size(), 1U);
  EXPECT_FALSE(store.transact([&](StoreTransaction& t) { return t.in(Reference() / "meetings").get<User>("a"); }));
}

TEST(Store, joins_a_transaction_within_another) {
  const Store store = open_memory_store();
  const auto inner = [&](std::string id) { return store.create(user(std::move(id), "x", "y")); };
  ASSERT_TRUE(store
                  .transact([&](StoreTransaction& t) -> Result<void> {
                    if (auto made = inner("a"); !made) return fail(made.error());
                    EXPECT_TRUE(t.get<User>("a").value().has_value()) << "it is one transaction";
                    EXPECT_TRUE(store.get<User>("a").value().has_value());
                    return {};
                  })
                  .has_value());
  const auto rolled_back = store.transact([&](StoreTransaction&) -> Result<void> {
    (void)inner("b");
    return fail(ErrorCode::refused, "no");
  });
  EXPECT_FALSE(rolled_back.has_value());
  EXPECT_FALSE(store.get<User>("b").value().has_value()) << "the inner one is rolled back with the outer one";
  const auto passed_over = store.transact([&](StoreTransaction&) -> Result<void> {
    (void)inner("c");
    (void)store.transact([&](StoreTransaction&) -> Result<void> { return fail(ErrorCode::refused, "inner"); });
    return {};
  });
  ASSERT_FALSE(passed_over.has_value());
  EXPECT_EQ(passed_over.error().primary, "inner") << "half an inner transaction is not committed";
  EXPECT_FALSE(store.get<User>("c").value().has_value());
}

TEST(Store, does_not_write_within_a_transaction_that_reads) {
  const Store store = open_memory_store();
  const auto outcome = store.read([&](StoreTransaction&) { return store.create(user("a", "x", "y")); });
  EXPECT_FALSE(outcome.has_value());
}

TEST(Store, turns_what_a_body_throws_into_an_error) {
  const Store store = open_memory_store();
  const auto outcome = store.transact([](StoreTransaction& t) -> Result<int> {
    (void)t.create(user("a", "x", "y"));
    throw std::runtime_error("broken");
  });
  EXPECT_THAT(to_string(outcome.error()), HasSubstr("broken"));
  EXPECT_FALSE(store.get<User>("a").value().has_value());
}

// A memory store in which others always get in the way a few times: real ones do so when they like.
class ContendedBackend final : public store::Backend {
 public:
  explicit ContendedBackend(int races) : races_(races) {}

  std::string_view kind() const override { return inner_->kind(); }
  Result<void> prepare(std::span<const store::Table* const> tables) override { return inner_->prepare(tables); }
  void write(store::TransactionBody body, store::TransactionEnd end) override {
    ++attempts;
    inner_->write(
        [this, body = std::move(body)](store::BackendTransaction& transaction) -> Result<void> {
          if (auto done = body(transaction); !done) return done;
          if (races_-- > 0) return fail(store::lost_race("on purpose"));
          return {};
        },
        std::move(end));
  }
  void read(store::TransactionBody body, store::TransactionEnd end) override {
    inner_->read(std::move(body), std::move(end));
  }
  Result<std::unique_ptr<store::Feed>> follow(store::FeedOptions options, store::FeedReceiver receiver) override {
    return inner_->follow(std::move(options), std::move(receiver));
  }

  std::atomic<int> attempts = 0;

 private:
  std::atomic<int> races_;
  std::unique_ptr<store::Backend> inner_ = store::open_memory();
};

TEST(Store, runs_a_transaction_again_that_lost_a_race) {
  const auto backend = std::make_shared<ContendedBackend>(3);
  const Store store(backend);
  ASSERT_TRUE(store.prepare<User>().has_value());
  EXPECT_EQ(store.create(user("a", "x", "y"))->revision, 1);
  EXPECT_EQ(backend->attempts, 4);
}

TEST(Store, gives_up_after_enough_races) {
  const auto backend = std::make_shared<ContendedBackend>(1000);
  const Store store(backend, {.attempts_max = 5});
  ASSERT_TRUE(store.prepare<User>().has_value());
  EXPECT_EQ(store.create(user("a", "x", "y")).error().code, ErrorCode::conflict);
  EXPECT_EQ(backend->attempts, 5);
  EXPECT_FALSE(store.get<User>("a").value().has_value());
}

TEST(Store, does_not_run_a_transaction_again_whose_precondition_fails) {
  const auto backend = std::make_shared<ContendedBackend>(0);
  const Store store(backend);
  ASSERT_TRUE(store.prepare<User>().has_value());
  (void)store.create(user("a", "x", "y"));
  EXPECT_EQ(store.set(user("a", "x", "z"), {.revision = 7}).error().code, ErrorCode::conflict);
  EXPECT_EQ(backend->attempts, 2);
}

// A question whose answer is waited for, as a loop would.
template <class T> class Asked final : public Question<T> {
 public:
  Result<T> wait() {
    EXPECT_EQ(answered_.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    return this->answer();
  }
  void deliver() override {}
  using Question<T>::answer;

 protected:
  void send() override { answered_.set_value(); }

 private:
  std::promise<void> answered_;
};

TEST(Store, answers_a_reply_without_blocking) {
  const auto backend = std::make_shared<ContendedBackend>(3);
  const Store store(backend);
  ASSERT_TRUE(store.prepare<User>().has_value());
  const auto made = std::make_shared<Asked<std::string>>();
  store.transact(
      [](StoreTransaction& t) -> Result<std::string> {
        const auto created = t.create(user("a", "x", "y"));
        return created ? Result<std::string>(created->reference.path()) : Result<std::string>(fail(created.error()));
      },
      Reply<std::string>(made));
  EXPECT_EQ(made->wait().value(), "users/a");
  EXPECT_EQ(backend->attempts, 4) << "after races, on another thread";
  const auto refused = std::make_shared<Asked<int>>();
  store.read([](StoreTransaction&) -> Result<int> { return fail(ErrorCode::refused, "no"); }, Reply<int>(refused));
  EXPECT_EQ(refused->wait().error().primary, "no");
}

TEST(Store, answers_a_reply_also_when_it_is_closed) {
  const auto made = std::make_shared<Asked<int>>();
  {
    const auto backend = std::make_shared<ContendedBackend>(1000);
    const Store store(backend, {.delay_min = std::chrono::seconds(30), .delay_max = std::chrono::seconds(60)});
    ASSERT_TRUE(store.prepare<User>().has_value());
    store.transact([](StoreTransaction& t) { return t.create(user("a", "x", "y")).map([](const auto&) { return 1; }); },
                   Reply<int>(made));
  }
  EXPECT_FALSE(made->wait().has_value());
}

TEST(Store, tells_where_the_feed_is_after_a_transaction) {
  const Store store = open_memory_store();
  store::Position position;
  ASSERT_TRUE(store.transact([](StoreTransaction& t) { return t.create(user("a", "x", "y")); }, &position).has_value());
  std::promise<void> seen;
  store::FeedReceiver receiver;
  receiver.on_batch = [&](const store::Batch& batch) -> Result<void> {
    if (store::reached(batch.position, position)) seen.set_value();
    return {};
  };
  const auto feed = store.follow({.tables = {&store::table_of<User>()}}, receiver);
  EXPECT_EQ(seen.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace freshet
