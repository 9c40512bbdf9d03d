// SPDX-License-Identifier: MIT
#include "freshet/codec/apply_json.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/testing/models.hpp"

namespace freshet {
namespace {

template <class Face> class ApplyJson : public testing::Test {};
using Faces = testing::Types<samples::Meta, samples::Classic>;
TYPED_TEST_SUITE(ApplyJson, Faces, samples::FaceNames);

std::vector<std::string> names_of(const std::vector<const Field*>& fields) {
  std::vector<std::string> names;
  for (const Field* field : fields) names.push_back(field->name);
  return names;
}

template <class User> User make_user() {
  User user;
  user.id = "tijuana";
  user.first_name = "Tijuana";
  user.last_name = "Furlong";
  user.login_count = 7;
  user.seats = 3;
  return user;
}

/// Why the text cannot be applied; checks that nothing has changed then.
template <class T> std::string refusal(const T& before, std::string_view text, const ApplyOptions& options = {}) {
  T object = before;
  const auto named = apply_json(object, text, options);
  EXPECT_TRUE(equal(object, before)) << text;
  return named ? "accepted" : to_string(named.error());
}

// [apply_json]
TYPED_TEST(ApplyJson, changes_what_is_named_and_says_what_that_was) {
  auto user = make_user<typename TypeParam::User>();
  const auto named = apply_json(user, R"({"seats": 5, "firstName": "T."})");
  ASSERT_TRUE(named) << to_string(named.error());
  EXPECT_EQ(names_of(*named), (std::vector<std::string>{"first_name", "seats"}));
  EXPECT_EQ(user.first_name, "T.");
  EXPECT_EQ(user.seats, 5);
  EXPECT_EQ(user.last_name, "Furlong");
}
// [/apply_json]

TYPED_TEST(ApplyJson, leaves_alone_what_an_import_default_would_fill_in) {
  auto user = make_user<typename TypeParam::User>();
  ASSERT_TRUE(apply_json(user, "{}"));
  EXPECT_TRUE(equal(user, make_user<typename TypeParam::User>()));
}

TYPED_TEST(ApplyJson, runs_setters_on_top_of_the_members) {
  auto user = make_user<typename TypeParam::User>();
  const auto named = apply_json(user, R"({"fullName": "Manes, Thomasina", "lastName": "x"})");
  ASSERT_TRUE(named) << to_string(named.error());
  EXPECT_EQ(user.last_name, "Manes");
  EXPECT_EQ(names_of(*named), (std::vector<std::string>{"last_name", "full_name"}));
}

TYPED_TEST(ApplyJson, changes_nothing_at_all_where_one_member_is_wrong) {
  const auto user = make_user<typename TypeParam::User>();
  EXPECT_EQ(refusal(user, R"({"firstName":"x","seats":99})"), "$.seats: must lie between 1 and 9 (got 99)");
  EXPECT_THAT(refusal(user, R"({"firstName":"x","nonsense":1})"), testing::StartsWith("$.nonsense: unknown field"));
  EXPECT_EQ(refusal(user, R"({"lastName":"x","fullName":"nobody"})"), "$.fullName: must be written as \"last, first\"");
  EXPECT_THAT(refusal(user, R"({"firstName":"x"} more)"), testing::HasSubstr("at byte 18"));
  EXPECT_THAT(refusal(user, R"({"firstName":"x")"), testing::HasSubstr("at byte 16"));
  EXPECT_THAT(refusal(user, R"({"firstName":null})"), testing::StartsWith("$.firstName: expected a string"));
  EXPECT_THAT(refusal(user, R"({"displayName":"x"})"), testing::StartsWith("$.displayName: field cannot be set"));
  EXPECT_THAT(refusal(user, R"({"loginCount":0})"), testing::StartsWith("$.loginCount: unknown field"));
  EXPECT_THAT(refusal(user, "[]"), testing::StartsWith("$: expected an object"));
}

TYPED_TEST(ApplyJson, takes_the_key_only_as_it_is) {
  auto user = make_user<typename TypeParam::User>();
  ASSERT_TRUE(apply_json(user, R"({"id":"tijuana","seats":1})"));
  EXPECT_EQ(user.seats, 1);
  EXPECT_EQ(refusal(user, R"({"id":"joshua"})"),
            "$.id: field cannot be changed; hint: it is the key, which says what row this is");
}

TYPED_TEST(ApplyJson, holds_to_a_whitelist) {
  auto user = make_user<typename TypeParam::User>();
  const ApplyOptions options{.only = {{"seats", "full_name"}}};
  EXPECT_TRUE(apply_json(user, R"({"id":"tijuana","fullName":"a, b","seats":2})", options));
  EXPECT_EQ(refusal(user, R"({"seats":3,"lastName":"x"})", options), "$.lastName: field may not be changed here");
}

TYPED_TEST(ApplyJson, takes_null_for_absent_where_the_model_says_so) {
  auto user = make_user<typename TypeParam::User>();
  user.nick_name = "T";
  const auto named = apply_json(user, R"({"nickName":null})");
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->empty());
  EXPECT_EQ(user.nick_name, "T");
}

TYPED_TEST(ApplyJson, adds_to_what_the_model_keeps) {
  typename TypeParam::Post post;
  post.id = "p";
  post.rest = {{"a", 1}, {"b", 2}};
  ASSERT_TRUE(apply_json(post, R"({"b":3,"c":4,"doc_id":"p"})"));
  EXPECT_EQ(post.rest, (Value::Object{{"a", 1}, {"b", 3}, {"c", 4}}));
}

TYPED_TEST(ApplyJson, changes_what_a_poly_holds_but_not_its_class) {
  typename TypeParam::StandardCity city;
  city.id = "SF";
  city.state = "CA";
  Poly<typename TypeParam::City> poly = city;
  const auto named = apply_json(poly, R"({"obj_type":"StandardCity","state":"NV","cityName":"Reno"})");
  ASSERT_TRUE(named) << to_string(named.error());
  EXPECT_EQ(poly.template as<typename TypeParam::StandardCity>()->state, "NV");
  EXPECT_THAT(refusal(poly, R"({"obj_type":"Municipality"})"), testing::StartsWith("$.obj_type: must be StandardCity"));
}

TYPED_TEST(ApplyJson, reads_from_an_open_reader_and_stops_behind_the_object) {
  auto user = make_user<typename TypeParam::User>();
  codec::JsonReader reader(R"([{"seats":8},5])");
  reader.next();
  reader.next();
  ASSERT_TRUE(codec::apply_json(type_of<typename TypeParam::User>(), &user, reader));
  EXPECT_EQ(user.seats, 8);
  EXPECT_EQ(reader.next(), codec::JsonToken::number);
}

TYPED_TEST(ApplyJson, is_for_objects_with_members) {
  EXPECT_EQ(refusal(typename TypeParam::PhoneNumber(), R"("+1 2")"),
            "only an object with members can be changed in part (phone_number)");
  EXPECT_EQ(refusal(std::string("a"), R"("b")"), "only an object with members can be changed in part (string)");
}

}  // namespace
}  // namespace freshet
