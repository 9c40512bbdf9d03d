// SPDX-License-Identifier: MIT
#include "freshet/model/ref.hpp"

#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/compare.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/testing/models.hpp"

namespace freshet {
namespace {

// [ref]
struct User {
  std::string id;
  std::string name;
};
constexpr auto describe(of<User>) { return model("users", key<&User::id>(), field<&User::name>()); }

struct Ticket {
  std::string id;
  Ref<User> user;
  std::set<Ref<User>> guests;
  std::map<std::string, Ref<Ticket>> related;  // refers to its own kind
};
constexpr auto describe(of<Ticket>) {
  return model("tickets", key<&Ticket::id>(), field<&Ticket::user>(), field<&Ticket::guests>(optional),
               field<&Ticket::related>(optional));
}

TEST(Ref, is_the_id_of_another_model) {
  Ticket ticket;
  EXPECT_TRUE(ticket.user.is_empty());
  ticket.user = ref_to(User{.id = "tijuana", .name = "Tijuana"});
  EXPECT_EQ(ticket.user.id(), "tijuana");
  EXPECT_EQ(ticket.user.path(), "users/tijuana");
  EXPECT_EQ(ticket.user, Ref<User>("tijuana"));
}
// [/ref]

TEST(Ref, is_for_stores_a_text_that_knows_its_target) {
  const Type& type = type_of<Ref<User>>();
  EXPECT_EQ(type.kind(), Kind::string);
  ASSERT_TRUE(type.is_reference());
  EXPECT_FALSE(type.is_nested());
  EXPECT_EQ(type.target(), type_of<User>());
  EXPECT_EQ(type.name(), "reference to users");
  EXPECT_FALSE(type_of<std::string>().is_reference());
  Ref<User> user;
  type.as_string(&user) = "joshua";
  EXPECT_EQ(user.id(), "joshua");
  EXPECT_EQ(schema_of<Ticket>().find("related")->type->element().target(), type_of<Ticket>());
}

TEST(Ref, compares_and_hashes_by_id) {
  EXPECT_TRUE(equal(Ref<User>("a"), Ref<User>("a")));
  EXPECT_TRUE(compare(Ref<User>("a"), Ref<User>("b")) < 0);
  EXPECT_EQ(hash_of(Ref<User>("a")), hash_of(Ref<User>("a")));
  const std::unordered_set<Ref<User>> users{Ref<User>("a"), Ref<User>("a"), Ref<User>("b")};
  EXPECT_EQ(users.size(), 2U);
  EXPECT_EQ(Ref<User>().path(), "");
}

TEST(Ref, to_a_subclass_leads_into_the_collection_of_the_family) {
  EXPECT_EQ(Ref<samples::listed::StandardCity>("SF").path(), "City/SF");
  EXPECT_EQ(Ref<samples::recorded::StandardCity>("SF").path(), "City/SF");
}

TEST(Ref, takes_keys_of_every_kind_that_can_be_an_id) {
  struct Numbered {
    static Schema schema(const Type& type, bool has_second_key) {
      Schema schema;
      schema.name = "numbered";
      schema.fields.resize(has_second_key ? 2 : 1);
      for (Field& field : schema.fields) {
        field.type = &type;
        field.is_key = true;
      }
      return schema;
    }
  };
  const int number = -7;
  EXPECT_EQ(document_id(Numbered::schema(type_of<int>(), false), &number).value(), "-7");
  const auto two_keys = document_id(Numbered::schema(type_of<int>(), true), &number);
  ASSERT_FALSE(two_keys);
  EXPECT_EQ(two_keys.error().primary, "Freshet: numbered has no id, so nothing can refer to it");
  const double real = 1;
  EXPECT_FALSE(document_id(Numbered::schema(type_of<double>(), false), &real));
}

TEST(Ref, cannot_be_made_to_what_has_no_key) { EXPECT_THROW((void)ref_to(samples::listed::Visit{}), Failure); }

TEST(Ref, is_read_from_a_path_or_an_id) {
  const Type& users = type_of<User>();
  EXPECT_EQ(parse_reference(users, "users/tijuana").value(), "tijuana");
  EXPECT_EQ(parse_reference(users, "tijuana").value(), "tijuana");
  EXPECT_EQ(parse_reference(users, "users").value(), "users") << "an id like any other";
  for (const std::string text : {"", "users/", "/tijuana", "tickets/a", "users/a/b", "a\nb"}) {
    EXPECT_FALSE(parse_reference(users, text)) << text;
  }
  EXPECT_TRUE(parse_reference(users, std::string(1500, 'x')));
  EXPECT_FALSE(parse_reference(users, std::string(1501, 'x')));
}

// [nested]
TEST(Nested, carries_the_object_once_it_is_loaded) {
  Nested<User> user("tijuana");
  EXPECT_EQ(user.get(), nullptr);
  user.load({.id = "tijuana", .name = "Tijuana"});
  ASSERT_TRUE(user.is_loaded());
  EXPECT_EQ(user.get()->name, "Tijuana");
  EXPECT_EQ(user, Nested<User>("tijuana")) << "it is still the same reference";
}
// [/nested]

TEST(Nested, does_not_give_out_what_was_loaded_for_another_id) {
  Nested<User> user = Ref<User>("tijuana");
  user.load({.id = "tijuana", .name = "Tijuana"});
  const Nested<User> copy = user;
  const Type& type = type_of<Nested<User>>();
  EXPECT_TRUE(type.is_nested());
  type.as_string(&user) = "joshua";  // as a store or a codec would
  EXPECT_FALSE(user.is_loaded());
  EXPECT_EQ(user.reference(), Ref<User>("joshua"));
  EXPECT_TRUE(copy.is_loaded());
  EXPECT_TRUE(compare(user, copy) < 0);
  EXPECT_EQ(hash_of(copy), hash_of(Nested<User>("tijuana")));
}

}  // namespace
}  // namespace freshet
