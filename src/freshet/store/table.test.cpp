// SPDX-License-Identifier: MIT
#include "freshet/store/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/record.hpp"
#include "freshet/model/testing/models.hpp"
#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Column& column(std::string_view name) {
  const Table& table = table_of<City>();
  return table.columns.at(table.find(name));
}

TEST(Table, has_a_column_for_each_field_but_the_key) {
  const Table& table = table_of<City>();
  EXPECT_EQ(table.name, "City");
  EXPECT_EQ(table.columns.size(), schema_of<City>().fields.size() - 1);
  EXPECT_EQ(table.find("id"), Table::kNone);
  EXPECT_EQ(table.find("name"), 0U);
  ASSERT_EQ(table.variants.size(), 1U);
  EXPECT_EQ(table.variants.front().columns.front(), Table::kNone);
  EXPECT_EQ(table.variants.front().columns[1], 0U);
  EXPECT_EQ(table.variant("City"), &table.variants.front());
  EXPECT_EQ(table.variant("Town"), nullptr);
}

TEST(Table, keeps_scalars_in_columns_of_their_own_and_the_rest_as_json) {
  EXPECT_EQ(column("name").kind, ColumnKind::text);
  EXPECT_EQ(column("capital").kind, ColumnKind::boolean);
  EXPECT_EQ(column("people").kind, ColumnKind::integer);
  EXPECT_EQ(column("area").kind, ColumnKind::real);
  EXPECT_EQ(column("size").kind, ColumnKind::text);
  EXPECT_EQ(column("founded").kind, ColumnKind::timestamp);
  EXPECT_EQ(column("metro_lines").kind, ColumnKind::integer);
  for (const char* name : {"regions", "scores", "mayor", "notes"})
    EXPECT_EQ(column(name).kind, ColumnKind::json) << name;
}

TEST(Table, lets_only_optionals_be_null) {
  for (const Column& each : table_of<City>().columns) {
    EXPECT_EQ(each.is_nullable, each.name == "state" || each.name == "metro_lines" || each.name == "mayor")
        << each.name;
  }
}

TEST(Table, knows_what_its_lists_hold) {
  EXPECT_TRUE(column("regions").is_list);
  EXPECT_EQ(column("regions").element, ColumnKind::text);
  EXPECT_EQ(column("codes").element, ColumnKind::integer);
  EXPECT_FALSE(column("scores").is_list);
  EXPECT_FALSE(column("name").is_list);
}

TEST(Table, gives_older_rows_the_default_of_a_new_column) {
  EXPECT_EQ(column("country").initial, Cell(std::string("USA")));
  EXPECT_EQ(column("state").initial, Cell());
  EXPECT_EQ(column("regions").initial, Cell(Json{"[]"}));
  EXPECT_EQ(column("size").initial, Cell(std::string("small")));
}

std::string refusal(const Type& type) {
  try {
    make_table(type);
    return "no refusal";
  } catch (const Failure& failure) {
    return to_string(failure.error());
  }
}

struct Keyless : Record {
  int a = 0;
  void describe(Describer& d) {
    d.name("Keyless");
    d.field("a", a);
  }
};
struct TwoKeys : Record {
  std::string a, b;
  void describe(Describer& d) {
    d.name("TwoKeys");
    d.key("a", a);
    d.key("b", b);
  }
};
struct RealKey : Record {
  double a = 0;
  void describe(Describer& d) {
    d.name("RealKey");
    d.key("a", a);
  }
};
struct SameNames : Record {
  std::string id, name, other;
  void describe(Describer& d) {
    d.name("SameNames");
    d.key("id", id);
    d.field("name", name);
    d.field("NAME", other);
  }
};
struct OwnName : Record {
  std::string id, name;
  void describe(Describer& d) {
    d.name("OwnName");
    d.key("id", id);
    d.field("_revision", name);
  }
};
struct LongName : Record {
  std::string id;
  void describe(Describer& d) {
    d.name(std::string(64, 'x'));
    d.key("id", id);
  }
};
struct PathName : Record {
  std::string id, other;
  void describe(Describer& d) {
    d.name("PathName");
    d.key("id", id);
    d.field("a/b", other);
  }
};
struct BadDefault : Record {
  std::string id;
  std::string text = "\xff";
  void describe(Describer& d) {
    d.name("BadDefault");
    d.key("id", id);
    d.field("text", text);
  }
};

TEST(Table, says_why_a_struct_cannot_be_stored) {
  EXPECT_THAT(refusal(type_of<int>()), HasSubstr("no described struct"));
  EXPECT_THAT(refusal(type_of<Keyless>()), HasSubstr("0 key fields"));
  EXPECT_THAT(refusal(type_of<TwoKeys>()), HasSubstr("2 key fields"));
  EXPECT_THAT(refusal(type_of<RealKey>()), HasSubstr("neither a string nor an integer nor an enum"));
  EXPECT_THAT(refusal(type_of<SameNames>()), HasSubstr("'name' and 'NAME'"));
  EXPECT_THAT(refusal(type_of<OwnName>()), HasSubstr("begins with '_'"));
  EXPECT_THAT(refusal(type_of<LongName>()), HasSubstr("too long"));
  EXPECT_THAT(refusal(type_of<PathName>()), HasSubstr("no store takes"));
  EXPECT_THAT(refusal(type_of<BadDefault>()), HasSubstr("default of 'text'"));
}

using samples::Classic;
using samples::Meta;

template <class Face> class TableOf : public ::testing::Test {};
using Faces = ::testing::Types<Meta, Classic>;
TYPED_TEST_SUITE(TableOf, Faces);

TYPED_TEST(TableOf, a_family_of_classes_is_one) {
  using City_ = typename TypeParam::City;
  const Table& table = table_of<City_>();
  EXPECT_EQ(&table_of<typename TypeParam::StandardCity>(), &table);
  EXPECT_EQ(&table_of<Poly<City_>>(), &table);
  EXPECT_EQ(&table_of<Poly<typename TypeParam::Municipality>>(), &table);
  std::vector<std::string> names;
  for (const Variant& variant : table.variants) names.push_back(variant.name);
  EXPECT_THAT(names, ElementsAre("City", "Municipality", "StandardCity"));
  std::vector<std::string> columns;
  for (const Column& each : table.columns) columns.push_back(each.name);
  EXPECT_THAT(columns, ElementsAre("name", "country", "state", "regions"));
  EXPECT_FALSE(table.columns[table.find("name")].is_nullable);
  EXPECT_TRUE(table.columns[table.find("state")].is_nullable) << "other classes do not have it";
  EXPECT_TRUE(is_null(table.columns[table.find("regions")].initial));
}

TYPED_TEST(TableOf, a_family_knows_what_its_classes_are_called) {
  const Table& table = table_of<typename TypeParam::City>();
  EXPECT_THAT(obj_types_of(table, type_of<typename TypeParam::City>()), IsEmpty()) << "that is all";
  EXPECT_THAT(obj_types_of(table, type_of<Poly<typename TypeParam::City>>()), IsEmpty());
  EXPECT_THAT(obj_types_of(table, type_of<typename TypeParam::Municipality>()), ElementsAre("Municipality"));
}

TYPED_TEST(TableOf, a_model_leaves_out_what_is_computed_and_has_its_indexes) {
  const Table& table = table_of<typename TypeParam::User>();
  EXPECT_EQ(table.name, "users");
  EXPECT_EQ(table.variants.front().name, "User");
  EXPECT_EQ(table.find("display_name"), Table::kNone);
  EXPECT_NE(table.find("login_count"), Table::kNone) << "what clients do not see is stored";
  EXPECT_NE(table.find("password"), Table::kNone);
  ASSERT_EQ(table.indexes.size(), 2U);
  EXPECT_TRUE(table.indexes.front().is_unique);
  EXPECT_THAT(table.indexes.front().columns, ElementsAre("mail"));
  EXPECT_THAT(table.indexes.back().columns, ElementsAre("last_name", "first_name"));
}

TYPED_TEST(TableOf, a_model_keeps_references_as_ids) {
  const Table& table = table_of<typename TypeParam::Article>();
  EXPECT_EQ(table.columns[table.find("category")].kind, ColumnKind::text);
  EXPECT_EQ(table.columns[table.find("authors")].kind, ColumnKind::json);
  EXPECT_EQ(table.columns[table.find("authors")].element, ColumnKind::text);
  EXPECT_EQ(table.columns[table.find("hotline")].kind, ColumnKind::json);
}

}  // namespace
}  // namespace freshet::store
