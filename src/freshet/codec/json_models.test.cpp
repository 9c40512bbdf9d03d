// SPDX-License-Identifier: MIT
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/model/make.hpp"
#include "freshet/model/testing/models.hpp"

namespace freshet {
namespace {

template <class Face> class JsonModels : public testing::Test {};
using Faces = testing::Types<samples::Meta, samples::Classic>;
TYPED_TEST_SUITE(JsonModels, Faces, samples::FaceNames);

template <class T> std::string json_of(const T& object) {
  const auto json = to_json(object);
  return json ? *json : to_string(json.error());
}
template <class T> std::string stored(const T& object) {
  std::string json;
  const auto ok = codec::encode_json(type_of<T>(), &object, json, JsonForm::stored);
  return ok ? json : to_string(ok.error());
}
template <class T> std::string refusal(std::string_view text) {
  const auto read = from_json<T>(text);
  return read ? "accepted" : to_string(read.error());
}
/// The text again after reading it.
template <class T> std::string again(std::string_view text) {
  const auto read = from_json<T>(text);
  return read ? json_of(*read) : to_string(read.error());
}

template <class User> User make_user() {
  User user;
  user.id = "tijuana";
  user.first_name = "Tijuana";
  user.last_name = "Furlong";
  user.password = "secret";
  user.login_count = 7;
  return user;
}

TYPED_TEST(JsonModels, calls_members_in_camel_case_and_exports_computed_ones) {
  EXPECT_EQ(json_of(make_user<typename TypeParam::User>()),
            R"({"id":"tijuana","firstName":"Tijuana","lastName":"Furlong","mail":"nobody@example.org","seats":2,)"
            R"("displayName":"Tijuana Furlong","fullName":"Furlong, Tijuana"})");
}

TYPED_TEST(JsonModels, keeps_everything_but_computed_fields_under_their_own_names_in_a_store) {
  using User = typename TypeParam::User;
  const User user = make_user<User>();
  const std::string json = stored(user);
  EXPECT_EQ(json, R"({"id":"tijuana","first_name":"Tijuana","last_name":"Furlong","nick_name":null,)"
                  R"("mail":"nobody@example.org","password":"secret","login_count":7,"seats":2})");
  User read;
  ASSERT_TRUE(codec::decode_json(type_of<User>(), &read, json, {.limits = {}, .form = JsonForm::stored}));
  EXPECT_TRUE(equal(read, user));
}

TYPED_TEST(JsonModels, reads_what_a_store_kept_before_the_model_changed) {
  using User = typename TypeParam::User;
  User read = make_user<User>();
  const auto ok = codec::decode_json(type_of<User>(), &read, R"({"first_name":"","gone":[1],"seats":0,"full_name":5})",
                                     {.limits = {}, .form = JsonForm::stored});
  ASSERT_TRUE(ok) << to_string(ok.error());
  EXPECT_EQ(read.first_name, "");
  EXPECT_EQ(read.mail, "nobody@example.org");
  EXPECT_EQ(read.seats, 0) << "a check that came later does not make old rows unreadable";
}

TYPED_TEST(JsonModels, imports_by_data_keys_with_defaults_of_its_own) {
  using User = typename TypeParam::User;
  const auto user = from_json<User>(R"({"firstName":"Joshua","lastName":"P","secret":"x","nickName":null})");
  ASSERT_TRUE(user) << to_string(user.error());
  EXPECT_EQ(user->first_name, "Joshua");
  EXPECT_EQ(user->password, "x");
  EXPECT_EQ(user->seats, 4) << "the import default, not the member initialiser";
  EXPECT_THAT(user->id, testing::StartsWith("id_")) << "an initialiser's";
  EXPECT_FALSE(user->nick_name);
}

TYPED_TEST(JsonModels, runs_setters_after_all_members_wherever_they_stand) {
  using User = typename TypeParam::User;
  const auto user = from_json<User>(R"({"fullName":"B, A","firstName":"x","lastName":"y","secret":""})");
  ASSERT_TRUE(user) << to_string(user.error());
  EXPECT_EQ(user->first_name, "A");
  EXPECT_EQ(user->last_name, "B");
}

TYPED_TEST(JsonModels, names_the_attribute_in_every_refusal) {
  using User = typename TypeParam::User;
  EXPECT_EQ(refusal<User>(R"({"firstName":"a","lastName":"b","secret":"","fullName":"abc"})"),
            "$.fullName: must be written as \"last, first\"");
  EXPECT_EQ(refusal<User>(R"({"firstName":"a","lastName":"b","secret":"","fullName":"a"})"),
            "$.fullName: must have 3 to 40 characters (got 1)");
  EXPECT_EQ(refusal<User>(R"({"firstName":"a","secret":""})"), "$.lastName: required field is missing (at byte 28)");
  EXPECT_EQ(refusal<User>(R"({"firstName":"a","lastName":"b","secret":"","mail":"here"})"),
            "$.mail: must be a mail address");
  EXPECT_EQ(refusal<User>(R"({"displayName":"a"})"),
            "$.displayName: field cannot be set (at byte 1); hint: it is computed or only exported: leave it out");
  EXPECT_EQ(refusal<User>(R"({"first_name":"a"})"),
            "$.first_name: unknown field (at byte 1); hint: did you mean \"firstName\"?");
  EXPECT_THAT(refusal<User>(R"({"loginCount":1})"), testing::StartsWith("$.loginCount: unknown field"))
      << "an internal field is nobody's business";
  EXPECT_THAT(refusal<User>(R"({"fullName":"a, b","fullName":"a, b"})"),
              testing::StartsWith("$.fullName: field is there twice"));
}

TYPED_TEST(JsonModels, drops_or_keeps_unknown_members_as_the_model_says) {
  EXPECT_EQ(again<typename TypeParam::Visit>(R"({"count":1,"more":[{"a":1}]})"), R"({"count":1})");
  using Post = typename TypeParam::Post;
  EXPECT_EQ(again<Post>(R"({"hello":"world","id":"p1","n":{"b":[1,2.5]}})"),
            R"({"id":"p1","tags":[],"doc_id":"p1","doc_ref":"posts/p1","hello":"world","n":{"b":[1,2.5]}})");
  EXPECT_THAT(refusal<Post>(R"({"id":"a","x":1,"x":2})"), testing::StartsWith("$.x: field is there twice"));
}

TYPED_TEST(JsonModels, stores_what_it_keeps_beside_the_model) {
  using Post = typename TypeParam::Post;
  const auto post = from_json<Post>(R"({"id":"p1","hello":"world"})");
  ASSERT_TRUE(post);
  EXPECT_EQ(stored(*post), R"({"id":"p1","tags":[],"rest":{"hello":"world"}})");
}

TYPED_TEST(JsonModels, takes_its_own_documents_back) {
  using Post = typename TypeParam::Post;
  const std::string document = again<Post>(R"({"id":"p1","hello":"world"})");
  EXPECT_EQ(again<Post>(document), document) << "doc_id and doc_ref are passed over";
}

TYPED_TEST(JsonModels, never_lets_a_kept_member_shadow_the_models_own) {
  using Post = typename TypeParam::Post;
  Post post;
  post.id = "p1";
  post.rest = {{"id", "forged"}, {"doc_ref", "forged"}, {"more", 1}};
  EXPECT_EQ(json_of(post), R"({"id":"p1","tags":[],"doc_id":"p1","doc_ref":"posts/p1","more":1})");
}

TYPED_TEST(JsonModels, has_sets_as_sorted_lists_without_repetition) {
  using Post = typename TypeParam::Post;
  EXPECT_THAT(again<Post>(R"({"id":"p","tags":["b","a"]})"), testing::HasSubstr(R"("tags":["a","b"])"));
  EXPECT_THAT(refusal<Post>(R"({"id":"p","tags":["b","a","b"]})"),
              testing::StartsWith("$.tags[2]: element is there twice"));
  EXPECT_THAT(refusal<Post>(R"({"id":"p","tags":["b",1]})"), testing::StartsWith("$.tags[1]: expected a string"));
  EXPECT_THAT(refusal<Post>(R"({"id":"p","tags":{}})"), testing::StartsWith("$.tags: expected a list"));
}

TYPED_TEST(JsonModels, unwraps_a_value_object_both_ways) {
  using Phone = typename TypeParam::PhoneNumber;
  const auto phone = from_json<Phone>(R"("+86 132 1234 5678")");
  ASSERT_TRUE(phone) << to_string(phone.error());
  EXPECT_EQ(phone->country, "86");
  EXPECT_EQ(phone->number, "132 1234 5678");
  EXPECT_EQ(json_of(*phone), R"("+86 132 1234 5678")");
  EXPECT_EQ(stored(*phone), R"("+86 132 1234 5678")");
  EXPECT_EQ(refusal<Phone>(R"("132")"), "$: must be a phone number; hint: written as +86 132 1234 5678");
  EXPECT_THAT(refusal<Phone>(R"({"country":"86"})"), testing::StartsWith("$: expected a string"));
  using Article = typename TypeParam::Article;
  EXPECT_EQ(refusal<Article>(R"({"id":"a","hotline":"1"})"),
            "$.hotline: must be a phone number; hint: written as +86 132 1234 5678");
}

TYPED_TEST(JsonModels, writes_references_as_paths_and_reads_ids_as_well) {
  using Article = typename TypeParam::Article;
  const std::string json = R"({"id":"a","category":"categories/news","authors":["users/tijuana","users/joshua"],)"
                           R"("parts":{"one":"articles/b"},"hotline":null})";
  EXPECT_EQ(again<Article>(json), json);
  EXPECT_EQ(again<Article>(R"({"id":"a","category":"news","authors":["tijuana","joshua"],"parts":{"one":"b"}})"), json);
  const auto article = from_json<Article>(json);
  ASSERT_TRUE(article);
  EXPECT_EQ(article->category.id(), "news");
  EXPECT_EQ(stored(*article),
            R"({"id":"a","category":"news","authors":["tijuana","joshua"],"parts":{"one":"b"},"hotline":null})");
}

TYPED_TEST(JsonModels, has_an_empty_reference_as_null) {
  using Article = typename TypeParam::Article;
  EXPECT_EQ(again<Article>(R"({"id":"a","category":null})"),
            R"({"id":"a","category":null,"authors":[],"parts":{},"hotline":null})");
}

TYPED_TEST(JsonModels, refuses_what_refers_to_something_else) {
  using Article = typename TypeParam::Article;
  EXPECT_EQ(refusal<Article>(R"({"id":"a","category":"users/joshua"})"),
            "$.category: expected a reference to one of categories (got \"users/joshua\" at byte 21); "
            "hint: written as \"categories/<id>\"");
  for (const char* const text : {R"("")", R"("categories/")", R"("a/b/c")", R"("a\n")", "1", "{}"}) {
    EXPECT_THAT(refusal<Article>(R"({"id":"a","category":)" + std::string(text) + "}"),
                testing::StartsWith("$.category: expected"))
        << text;
  }
}

TYPED_TEST(JsonModels, names_the_class_of_an_object_that_has_variants) {
  typename TypeParam::StandardCity city;
  city.id = "SF";
  city.name = "San Francisco";
  city.country = "USA";
  city.state = "CA";
  city.regions = {"west_coast", "norcal"};
  const std::string json =
      R"({"obj_type":"StandardCity","id":"SF","cityName":"San Francisco","country":"USA","state":"CA",)"
      R"("regions":["west_coast","norcal"]})";
  EXPECT_EQ(json_of(city), json);
  const Poly<typename TypeParam::City> poly = city;
  EXPECT_EQ(json_of(poly), json);
  EXPECT_EQ(again<Poly<typename TypeParam::City>>(json), json);
}

TYPED_TEST(JsonModels, picks_the_class_by_obj_type_wherever_it_stands) {
  using Cities = Poly<typename TypeParam::City>;
  const auto tokyo =
      from_json<Cities>(R"({"id":"TOK","nested":{},"cityName":"Tokyo","country":"Japan","obj_type":"Municipality"})",
                        {.limits = {}, .ignore_unknown_fields = true});
  ASSERT_TRUE(tokyo) << to_string(tokyo.error());
  EXPECT_EQ(tokyo->obj_type(), "Municipality");
  EXPECT_NE(tokyo->template as<typename TypeParam::Municipality>(), nullptr);
  EXPECT_EQ((*tokyo)->name, "Tokyo");
  const auto plain = from_json<Cities>(R"({"id":"TOK","cityName":"Tokyo","country":"Japan"})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->obj_type(), "City") << "without obj_type it is the parent";
}

TYPED_TEST(JsonModels, refuses_an_unknown_class_and_names_the_known_ones) {
  using Cities = Poly<typename TypeParam::City>;
  EXPECT_EQ(refusal<Cities>(R"({"id":"TOK","obj_type":"Village"})"),
            "$.obj_type: must be one of City, Municipality, StandardCity (at byte 0); hint: it names the class of the "
            "object");
  EXPECT_EQ(refusal<typename TypeParam::Municipality>(R"({"obj_type":"City"})"),
            "$.obj_type: must be Municipality (got \"City\" at byte 12); hint: it names the class of the object");
  EXPECT_THAT(refusal<Cities>(R"({"obj_type":"City","obj_type":"City"})"),
              testing::StartsWith("$.obj_type: field is there twice"));
  EXPECT_THAT(refusal<Cities>(R"({"obj_type":7})"), testing::StartsWith("$.obj_type: expected a string"));
  EXPECT_THAT(refusal<Cities>("[]"), testing::StartsWith("$: expected an object"));
  EXPECT_THAT(refusal<Cities>(R"({"id":)"), testing::HasSubstr("at byte 6"));
}

TYPED_TEST(JsonModels, holds_objects_of_several_classes_in_one_list) {
  using Atlas = typename TypeParam::Atlas;
  const std::string json =
      R"({"cities":[{"obj_type":"City","id":"a","cityName":"A","country":"x"},)"
      R"({"obj_type":"StandardCity","id":"b","cityName":"B","country":"x","state":"CA","regions":[]}]})";
  EXPECT_EQ(again<Atlas>(json), json);
  EXPECT_THAT(refusal<Atlas>(R"({"cities":[{"obj_type":"StandardCity","id":"b","cityName":"B","country":"x"}]})"),
              testing::StartsWith("$.cities[0].state: required field is missing"));
}

struct Part {
  std::string id;
  int count = 0;
};
constexpr auto describe(of<Part>) {
  return model("parts", key<&Part::id>(initialised_by<&random_id>()), field<&Part::count>(optional));
}
struct Device {
  std::string name;
  Part part;
  std::optional<int> size;
  std::optional<std::string> secret;
  std::optional<std::string> note;
};
constexpr auto describe(of<Device>) {
  return model("devices", obj_type_key("_object_type"), obj_type("Gadget"), key<&Device::name>(),
               field<&Device::part>(optional), field<&Device::size>(export_default(1)),
               field<&Device::secret>(import_only), field<&Device::note>(null_as_missing));
}

TEST(JsonAttributes, go_the_way_that_they_are_described) {
  const auto read = from_json<Device>(R"({"name":"d","part":{"id":"p"},"secret":"s","note":null})");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->secret, "s");
  EXPECT_FALSE(read->size) << "what clients see instead of nothing is not stored";
  EXPECT_EQ(json_of(*read), R"({"_object_type":"Gadget","name":"d","part":{"id":"p","count":0},"size":1})");
}

TEST(JsonAttributes, initialise_a_struct_that_is_left_out) {
  const auto read = from_json<Device>(R"({"name":"d"})");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->part.id.size(), 32U);
  Device stored_one;
  ASSERT_TRUE(
      codec::decode_json(type_of<Device>(), &stored_one, R"({"name":"d"})", {.limits = {}, .form = JsonForm::stored}));
  EXPECT_EQ(stored_one.part.id, "") << "what a store kept is taken as it is";
}

TEST(JsonAttributes, take_the_class_under_the_name_that_the_model_gives_it) {
  EXPECT_TRUE(from_json<Device>(R"({"_object_type":"Gadget","name":"d"})"));
  EXPECT_THAT(refusal<Device>(R"({"_object_type":"City","name":"d"})"),
              testing::StartsWith("$._object_type: must be Gadget"));
  EXPECT_THAT(refusal<Device>(R"({"obj_type":"Gadget","name":"d"})"), testing::StartsWith("$.obj_type: unknown field"));
}

}  // namespace
}  // namespace freshet
