// SPDX-License-Identifier: MIT
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/compare.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/json_schema.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/testing/models.hpp"
#include "freshet/model/validate.hpp"

namespace freshet {
namespace {

template <class Face> class Attributes : public testing::Test {};
using Faces = testing::Types<samples::Meta, samples::Classic>;
TYPED_TEST_SUITE(Attributes, Faces, samples::FaceNames);

TYPED_TEST(Attributes, have_a_name_in_the_program_and_one_in_documents) {
  const Schema& schema = schema_of<typename TypeParam::User>();
  EXPECT_EQ(schema.find("first_name")->data_key, "firstName");
  EXPECT_EQ(schema.find_key("firstName"), schema.find("first_name"));
  EXPECT_EQ(schema.find("password")->data_key, "secret");
  EXPECT_EQ(schema.find_key("password"), nullptr);
  EXPECT_EQ(schema.find("firstName"), nullptr);
  EXPECT_EQ(schema_of<typename TypeParam::Post>().find("doc_id")->data_key, "doc_id");
}

TYPED_TEST(Attributes, say_which_way_they_go) {
  const Schema& schema = schema_of<typename TypeParam::User>();
  const auto ways = [&](const char* name) {
    const Field& field = *schema.find(name);
    return std::string(field.is_imported ? "in" : "") + (field.is_exported ? "out" : "") + (field.is_plain ? "!" : "");
  };
  EXPECT_EQ(ways("first_name"), "inout!");
  EXPECT_EQ(ways("nick_name"), "inout");
  EXPECT_EQ(ways("password"), "in");
  EXPECT_EQ(ways("login_count"), "");
  EXPECT_EQ(ways("display_name"), "out");
  EXPECT_EQ(ways("full_name"), "inout");
  EXPECT_TRUE(schema.find("login_count")->is_internal());
}

TYPED_TEST(Attributes, are_required_unless_something_stands_in_for_them) {
  const Schema& schema = schema_of<typename TypeParam::User>();
  std::vector<std::string> required;
  for (const Field& field : schema.fields) {
    if (field.is_required) required.push_back(field.name);
  }
  EXPECT_EQ(required, (std::vector<std::string>{"first_name", "last_name", "password"}));
}

TYPED_TEST(Attributes, may_be_computed) {
  const Schema& schema = schema_of<typename TypeParam::User>();
  typename TypeParam::User user;
  user.first_name = "Tijuana";
  user.last_name = "Furlong";
  const Field& display_name = *schema.find("display_name");
  ASSERT_TRUE(display_name.is_computed());
  EXPECT_EQ(*display_name.type, type_of<std::string>());
  std::string text;
  ASSERT_TRUE(display_name.get(display_name.in(&user), &text));
  EXPECT_EQ(text, "Tijuana Furlong");
  EXPECT_EQ(display_name.set, nullptr);
}

TYPED_TEST(Attributes, may_write_through_to_others) {
  const Field& full_name = *schema_of<typename TypeParam::User>().find("full_name");
  typename TypeParam::User user;
  ASSERT_NE(full_name.set, nullptr);
  const std::string text = "Manes, Thomasina";
  ASSERT_TRUE(full_name.set(full_name.in(&user), &text));
  EXPECT_EQ(user.first_name, "Thomasina");
  const std::string bad = "Thomasina";
  EXPECT_EQ(full_name.set(full_name.in(&user), &bad).error().primary, "must be written as \"last, first\"");
}

TYPED_TEST(Attributes, count_in_comparison_unless_they_are_computed) {
  typename TypeParam::User left;
  typename TypeParam::User right;
  EXPECT_TRUE(type_of<typename TypeParam::User>().equal(&left, &right));
  EXPECT_EQ(hash_of(left), hash_of(right));
  right.login_count = 1;
  EXPECT_FALSE(equal(left, right)) << "internal ones count";
  EXPECT_TRUE(compare(left, right) < 0);
}

TYPED_TEST(Attributes, are_indexed_by_name) {
  const Schema& schema = schema_of<typename TypeParam::User>();
  ASSERT_EQ(schema.indexes.size(), 2U);
  EXPECT_EQ(schema.indexes[0].columns, std::vector<std::string>{"mail"});
  EXPECT_TRUE(schema.indexes[0].is_unique);
  EXPECT_EQ(schema.indexes[1].columns, (std::vector<std::string>{"last_name", "first_name"}));
  EXPECT_FALSE(schema.indexes[1].is_unique);
}

TYPED_TEST(Attributes, keep_unknown_members_in_a_field_of_their_own) {
  const Schema& schema = schema_of<typename TypeParam::Post>();
  EXPECT_EQ(schema.unknown, UnknownFields::keep);
  ASSERT_NE(schema.rest, Schema::kNone);
  EXPECT_EQ(schema.fields[schema.rest].name, "rest");
  EXPECT_TRUE(schema.fields[schema.rest].is_internal());
  EXPECT_EQ(schema_of<typename TypeParam::Visit>().unknown, UnknownFields::drop);
  EXPECT_EQ(schema_of<typename TypeParam::User>().unknown, UnknownFields::refuse);
}

TYPED_TEST(Attributes, have_the_name_of_their_struct_as_its_class) {
  EXPECT_EQ(schema_of<typename TypeParam::User>().obj_type, "User");
  EXPECT_EQ(schema_of<typename TypeParam::User>().obj_type_key, "") << "no subclasses, so documents do not say it";
  EXPECT_EQ(schema_of<typename TypeParam::StandardCity>().obj_type, "StandardCity");
  EXPECT_EQ(schema_of<typename TypeParam::City>().obj_type_key, "obj_type");
}

TYPED_TEST(Attributes, are_checked_by_functions_of_the_program) {
  typename TypeParam::User user;
  user.first_name = "a";
  EXPECT_TRUE(validate(user)) << to_string(validate(user).error());
  user.first_name = "";
  EXPECT_EQ(to_string(validate(user).error()), "$.firstName: must have 1 to 20 characters (got 0)");
  user.first_name = "a";
  user.mail = "nowhere";
  EXPECT_EQ(to_string(validate(user).error()), "$.mail: must be a mail address");
}

TYPED_TEST(Attributes, show_in_the_json_schema_what_clients_may_do) {
  const Value schema = json_schema_of<typename TypeParam::User>();
  const Value& properties = *schema.find("properties");
  EXPECT_EQ(properties.find("loginCount"), nullptr);
  EXPECT_EQ(*properties.find("secret")->find("writeOnly"), Value(true));
  EXPECT_EQ(*properties.find("displayName")->find("readOnly"), Value(true));
  EXPECT_EQ(properties.find("fullName")->find("readOnly"), nullptr);
  EXPECT_EQ(*properties.find("seats")->find("default"), Value(4));
  EXPECT_EQ(properties.find("id")->find("default"), nullptr) << "an initialiser gives another one each time";
  EXPECT_EQ(*schema.find("required"), Value(Value::List{"firstName", "lastName", "secret"}));
  EXPECT_EQ(*schema.find("additionalProperties"), Value(false));
  EXPECT_EQ(*json_schema_of<typename TypeParam::Post>().find("additionalProperties"), Value(true));
}

TYPED_TEST(Attributes, show_references_sets_and_classes_in_the_json_schema) {
  const Value article = json_schema_of<typename TypeParam::Article>();
  const Value& category = *article.find("properties")->find("category");
  EXPECT_EQ(*category.find("x-freshet-reference"), Value("categories"));
  EXPECT_EQ(*category.find("type"), Value(Value::List{"string", "null"}));
  const Value& phone = *article.find("$defs")->find("phone_number");
  EXPECT_EQ(*phone.find("type"), Value("string")) << "an unwrapped struct is its bare value";
  const Value post = json_schema_of<typename TypeParam::Post>();
  EXPECT_EQ(*post.find("properties")->find("tags")->find("uniqueItems"), Value(true));
  const Value atlas = json_schema_of<typename TypeParam::Atlas>();
  EXPECT_EQ(atlas.find("properties")->find("cities")->find("items")->find("oneOf")->if_list()->size(), 3U);
  const Value& city = *atlas.find("$defs")->find("StandardCity");
  EXPECT_EQ(*city.find("properties")->find("obj_type")->find("const"), Value("StandardCity"));
}

struct Optionals {
  std::optional<int> required_one;
  std::optional<int> with_import = 1;
  std::optional<std::string> with_export;
  std::optional<double> real;
};
constexpr auto describe(of<Optionals>) {
  return model("optionals", field<&Optionals::required_one>(required),
               field<&Optionals::with_import>(import_default(7)),
               field<&Optionals::with_export>(export_default("none")), field<&Optionals::real>(import_default(2)));
}

TEST(AttributeDefaults, are_of_the_fields_type_also_where_it_is_optional) {
  const Schema& schema = schema_of<Optionals>();
  EXPECT_TRUE(schema.find("required_one")->is_required);
  const auto* with_import = static_cast<const std::optional<int>*>(schema.find("with_import")->import_default.get());
  ASSERT_NE(with_import, nullptr);
  EXPECT_EQ(*with_import, 7);
  const auto* with_export =
      static_cast<const std::optional<std::string>*>(schema.find("with_export")->export_default.get());
  ASSERT_NE(with_export, nullptr);
  EXPECT_EQ(*with_export, "none");
  EXPECT_EQ(*static_cast<const std::optional<double>*>(schema.find("real")->import_default.get()), 2.0);
}

struct Faulty {
  std::string name;
  int number() const { throw Failure({.code = ErrorCode::conflict, .primary = "no number today"}); }
  int odd() const { throw std::runtime_error("broken"); }
  Result<int> fine() const { return 5; }
  void set(int) { throw 1; }
};
Result<int> doubled(const Faulty&) { return fail(ErrorCode::not_found, "nothing to double"); }
constexpr auto describe(of<Faulty>) {
  return model("faulty", field<&Faulty::name>(), computed<&Faulty::number, &Faulty::set>(), computed<&Faulty::odd>(),
               computed<&doubled>(renamed("twice")), computed<&Faulty::fine>());
}

TEST(ComputedFields, contain_what_getters_and_setters_throw) {
  const Schema& schema = schema_of<Faulty>();
  Faulty faulty;
  int value = 0;
  EXPECT_EQ(schema.find("number")->get(&faulty, &value).error().primary, "no number today");
  EXPECT_EQ(to_string(schema.find("odd")->get(&faulty, &value).error()), "threw an exception (broken)");
  EXPECT_EQ(schema.find("twice")->get(&faulty, &value).error().primary, "nothing to double");
  EXPECT_EQ(schema.find("number")->set(&faulty, &value).error().primary, "threw something that is no exception");
  ASSERT_TRUE(schema.find("fine")->get(&faulty, &value));
  EXPECT_EQ(value, 5);
}

struct Versioned {
  int version = 1;
};
constexpr auto describe(of<Versioned>) {
  return model("versioned", field<&Versioned::version>(optional), index<&Versioned::version>());
}
struct Tagged {
  Value extra;
};
constexpr auto describe(of<Tagged>) { return model("tagged", camel_case, keep_unknown<&Tagged::extra>()); }
struct Note : Versioned, Tagged {
  std::string note_text;
};
constexpr auto describe(of<Note>) {
  return model("notes", extends<Versioned>(), extends<Tagged>(), key<&Note::note_text>());
}
struct NoteRecord : Record, Versioned, Tagged {
  std::string note_text;
  void describe(Describer& d) {
    d.name("notes");
    d.extends<Versioned>(*this);
    d.extends<Tagged>(*this);
    d.key("note_text", note_text);
  }
};

TEST(Extends, lends_the_fields_of_several_bases) {
  for (const Schema* schema : {&schema_of<Note>(), &schema_of<NoteRecord>()}) {
    std::vector<std::string> keys;
    for (const Field& field : schema->fields) keys.push_back(field.data_key);
    EXPECT_EQ(keys, (std::vector<std::string>{"version", "extra", "noteText"}));
    EXPECT_EQ(schema->rest, 1U);
    EXPECT_EQ(schema->unknown, UnknownFields::keep);
    EXPECT_EQ(schema->indexes.size(), 1U);
    EXPECT_EQ(schema->collection, "notes") << "they are no family";
    EXPECT_EQ(schema->obj_type_key, "");
    EXPECT_EQ(schema->parent, nullptr);
  }
  Note note;
  EXPECT_EQ(schema_of<Note>().find("extra")->in(&note), &note.extra);
}

struct Restricted {
  int a = 0;
  int b = 0;
};
constexpr auto describe(of<Restricted>) {
  return model("restricted", export_only, obj_type_key("_object_type"), obj_type("Other"), field<&Restricted::a>(),
               field<&Restricted::b>());
}

TEST(ModelOptions, hold_for_all_fields) {
  const Schema& schema = schema_of<Restricted>();
  for (const Field& field : schema.fields) {
    EXPECT_FALSE(field.is_imported);
    EXPECT_TRUE(field.is_exported);
    EXPECT_FALSE(field.is_required);
  }
  EXPECT_EQ(schema.obj_type_key, "_object_type");
  EXPECT_EQ(schema.obj_type, "Other");
}

/// What is wrong with a description, written as a function.
struct Described : Record {
  int number = 0;
  std::string text;
  std::optional<int> maybe;
  Value any;
  static inline std::function<void(Describer&, Described&)> write;
  void describe(Describer& d) {
    d.name("described");
    write(d, *this);
  }
  static int one() { return 1; }
  static Result<void> is_fine(const int&) { return {}; }
};

std::string refusal(std::function<void(Describer&, Described&)> write) {
  Described::write = std::move(write);
  const auto checked = check_description<Described>();
  constexpr std::string_view kBegin = "Freshet: the description of described ";
  const std::string text = checked ? "accepted" : to_string(checked.error());
  return text.starts_with(kBegin) ? text.substr(kBegin.size()) : text;
}

auto fits(const char* sentence) { return testing::HasSubstr(sentence); }

void add_all(Describer& d, Described& r) {
  d.field("number", r.number);
  d.field("text", r.text);
  d.field("maybe", r.maybe);
  d.field("any", r.any);
}

TEST(Descriptions, refuse_options_that_do_not_fit) {
  using D = Describer;
  using R = Described;
  EXPECT_THAT(refusal([](D& d, R& r) { d.field("text", r.text).import_default(5); }),
              fits("gives text a default that is no string"));
  EXPECT_THAT(refusal([](D& d, R& r) { d.field("number", r.number).import_default(1LL << 40); }),
              fits("gives number a default that is no int32"));
  EXPECT_THAT(refusal([](D& d, R& r) { d.field("number", r.number).export_default(5); }),
              fits("gives an export default to number, which always has a value"));
  EXPECT_THAT(refusal([](D& d, R& r) { d.field("text", r.text).initialised_by<&R::one>(); }),
              fits("initialises text with int32, but it is string"));
  EXPECT_THAT(refusal([](D& d, R& r) { d.field("text", r.text).checked_by<&R::is_fine>(); }),
              fits("checks text as int32, but it is string"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.computed("x", [](const R&) { return 1; }).null_as_missing();
              }),
              fits("takes a null as missing in x, which can hold no null"));
  EXPECT_THAT(refusal([](D& d, R& r) { d.keep_unknown("text", r.text); }),
              fits("keeps unknown members in text, which is neither"));
}

TEST(Descriptions, refuse_names_that_clash_or_do_not_convert) {
  using D = Describer;
  using R = Described;
  EXPECT_THAT(refusal([](D& d, R& r) {
                d.camel_case();
                d.field("a_1", r.number);
              }),
              fits("asks for camelCase, but a_1 would not convert back; hint: give it a data_key"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                d.field("a", r.number);
                d.field("b", r.text).data_key("a");
              }),
              fits("has two fields with the data key a"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                d.obj_type_key("class");
                d.field("class", r.number);
              }),
              fits("has a field class, which says the class of a document"));
}

TEST(Descriptions, refuse_indexes_and_values_of_what_is_not_there) {
  using D = Describer;
  using R = Described;
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.index({"nothing"});
              }),
              fits("has an index by nothing, which is none of its fields"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.index({});
              }),
              fits("has an index without a field"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.computed("x", [](const R&) { return 1; });
                d.unique({"x"});
              }),
              fits("has an index by x, which is computed and not stored"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.unwrap("nothing");
              }),
              fits("unwraps to nothing, which is none of its fields"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.computed("x", [](const R&) { return 1; });
                d.unwrap("x");
              }),
              fits("unwraps to x, which has no setter"));
  EXPECT_THAT(refusal([](D& d, R& r) {
                add_all(d, r);
                d.document_fields();
              }),
              fits("asks for document fields, but has not one key"));
}

TEST(Types, know_sets) {
  using Tags = std::set<std::string>;
  const Type& type = type_of<Tags>();
  EXPECT_EQ(type.kind(), Kind::set);
  EXPECT_EQ(type.name(), "set of string");
  Tags tags;
  const std::string a = "a";
  EXPECT_TRUE(type.set_insert(&tags, &a));
  EXPECT_FALSE(type.set_insert(&tags, &a));
  EXPECT_EQ(type.set_size(&tags), 1U);
  EXPECT_FALSE(type.set_visit(&tags, [&](const void* element) { return type.element().as_string(element) != "a"; }));
  type.set_clear(&tags);
  EXPECT_TRUE(tags.empty());
}

}  // namespace
}  // namespace freshet
