// SPDX-License-Identifier: MIT
#include "freshet/store/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/record.hpp"
#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using ::testing::HasSubstr;

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
  EXPECT_THAT(refusal(type_of<RealKey>()), HasSubstr("neither a string nor an integer"));
  EXPECT_THAT(refusal(type_of<SameNames>()), HasSubstr("'name' and 'NAME'"));
  EXPECT_THAT(refusal(type_of<OwnName>()), HasSubstr("begins with '_'"));
  EXPECT_THAT(refusal(type_of<LongName>()), HasSubstr("too long"));
  EXPECT_THAT(refusal(type_of<PathName>()), HasSubstr("no store takes"));
  EXPECT_THAT(refusal(type_of<BadDefault>()), HasSubstr("default of 'text'"));
}

}  // namespace
}  // namespace freshet::store
