// SPDX-License-Identifier: MIT
#include "freshet/model/record.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"

// [record]
namespace house {

struct Reading : freshet::Record {
  std::string sensor;
  double celsius = 20;
  std::optional<std::string> note;

  void describe(freshet::Describer& d) {
    d.name("readings");
    d.doc("What a sensor saw.");
    d.key("sensor", sensor).length(1, 8);
    d.field("celsius", celsius).range(-50, 150).optional().doc("In degrees Celsius.");
    d.field("note", note);
  }
};

}  // namespace house
// [record]

namespace freshet {
namespace {

using house::Reading;

struct Listed {
  std::string sensor;
  double celsius = 20;
  std::optional<std::string> note;
};
constexpr auto describe(of<Listed>) {
  return model("readings", doc("What a sensor saw."), key<&Listed::sensor>(length(1, 8)),
               field<&Listed::celsius>(range(-50, 150), optional, doc("In degrees Celsius.")), field<&Listed::note>());
}

// [check]
TEST(Record, describes_all_of_its_members) {
  const auto checked = check_description<Reading>();
  EXPECT_TRUE(checked) << to_string(checked.error());
}
// [check]

TEST(Record, yields_the_same_schema_as_a_constexpr_description) {
  const Schema& record = schema_of<Reading>();
  const Schema& listed = schema_of<Listed>();
  EXPECT_EQ(record.name, listed.name);
  EXPECT_EQ(record.doc, listed.doc);
  ASSERT_EQ(record.fields.size(), listed.fields.size());
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const Field& left = record.fields[i];
    const Field& right = listed.fields[i];
    EXPECT_EQ(left.name, right.name);
    EXPECT_EQ(left.doc, right.doc);
    EXPECT_EQ(*left.type, *right.type);
    EXPECT_EQ(left.offset, right.offset);
    EXPECT_EQ(left.is_key, right.is_key);
    EXPECT_EQ(left.is_required, right.is_required);
    EXPECT_EQ(left.checks.minimum, right.checks.minimum);
    EXPECT_EQ(left.checks.maximum, right.checks.maximum);
    EXPECT_EQ(left.checks.length_min, right.checks.length_min);
    EXPECT_EQ(left.checks.length_max, right.checks.length_max);
    EXPECT_TRUE(left.type->equal(record.default_of(left), listed.default_of(right)));
  }
}

TEST(Record, costs_no_byte_more_than_its_members) { static_assert(sizeof(Reading) == sizeof(Listed)); }

TEST(Record, is_compared_and_hashed_by_its_members) {
  Reading left;
  left.sensor = "a";
  Reading right = left;
  EXPECT_TRUE(equal(left, right));
  EXPECT_EQ(hash_of(left), hash_of(right));
  right.celsius = 21;
  EXPECT_FALSE(equal(left, right));
  EXPECT_TRUE(compare(left, right) < 0);
  EXPECT_NE(hash_of(left), hash_of(right));
  EXPECT_FALSE(type_of<Reading>().equal(&left, &right));
}

struct Defaulted : Record {
  int number = 0;
  bool operator==(const Defaulted&) const = default;
  auto operator<=>(const Defaulted&) const = default;
  void describe(Describer& d) {
    d.name("defaulted");
    d.field("number", number);
  }
};

TEST(Record, may_default_its_comparison) {
  Defaulted other;
  other.number = 1;
  EXPECT_FALSE(equal(Defaulted{}, other));
  EXPECT_TRUE(compare(Defaulted{}, other) < 0);
}

struct Forgetful : Record {
  int a = 0;
  bool b = false;
  bool c = false;  // in the padding behind b, but counted
  void describe(Describer& d) {
    d.name("forgetful");
    d.field("a", a);
    d.field("b", b);
  }
};

struct Built : Record {
  Built() {}
  int a = 0;
  std::string forgotten;
  int c = 0;
  void describe(Describer& d) {
    d.name("built");
    d.field("a", a);
    d.field("c", c);
  }
};

TEST(Record, notices_a_forgotten_member) {
  EXPECT_THAT(check_description<Forgetful>().error().primary,
              testing::StrEq("Freshet: the description of forgetful leaves out 1 of the struct's members"));
  EXPECT_THAT(check_description<Built>().error().primary,
              testing::HasSubstr("leaves out a member of the struct, about 36 bytes at offset 4"));
  EXPECT_THROW(schema_of<Built>(), Failure);
}

struct Virtual : Record {
  virtual ~Virtual() = default;
  std::int8_t small = 0;
  alignas(64) int aligned = 0;
  void describe(Describer& d) {
    d.name("virtual");
    d.field("small", small);
    d.field("aligned", aligned);
  }
};

struct Deeper : Reading {
  int extra = 0;
  char raw[4] = {};
  void describe(Describer& d) {
    Reading::describe(d);
    d.name("deeper");
    d.field("extra", extra);
    d.ignore(raw);
  }
};

TEST(Record, takes_virtual_functions_alignment_and_bases_for_no_forgotten_members) {
  EXPECT_TRUE(check_description<Virtual>()) << to_string(check_description<Virtual>().error());
  EXPECT_TRUE(check_description<Deeper>()) << to_string(check_description<Deeper>().error());
  EXPECT_EQ(schema_of<Deeper>().fields.size(), 4U);
}

struct Wrong : Record {
  int a = 0;
  std::string text;
  static inline int mode = 0;
  void describe(Describer& d) {
    if (mode != 1) d.name(mode == 7 ? "two words" : "wrong");
    if (mode == 0) {
      static int elsewhere = 0;
      d.field("a", elsewhere);
      return;
    }
    d.field(mode == 6 ? "" : "a", a);
    if (mode == 2) {
      d.field("again", a);
    } else if (mode == 3) {
      d.field("a", text);
    } else if (mode == 4) {
      d.field("text", text).range(0, 1);
    } else {
      auto editor = d.field("text", text);
      if (mode == 5) editor.length(1, 2).optional();
    }
  }
};

std::string refusal_of_mode(int mode) {
  Wrong::mode = mode;
  return to_string(check_description<Wrong>().error());
}

TEST(Record, refuses_a_wrong_description_in_a_sentence) {
  EXPECT_EQ(refusal_of_mode(0),
            "Freshet: the description of wrong names something that is not a member of the struct; "
            "hint: see the field a");
  EXPECT_THAT(refusal_of_mode(1), testing::StartsWith("Freshet: the description of a struct without a name does not"));
  EXPECT_EQ(refusal_of_mode(2), "Freshet: the description of wrong names one member twice, the second time as again");
  EXPECT_EQ(refusal_of_mode(3), "Freshet: the description of wrong has two fields with the name a");
  EXPECT_EQ(refusal_of_mode(4), "Freshet: the description of wrong gives a range to text, which is no number");
  EXPECT_THAT(refusal_of_mode(5), testing::HasSubstr("lets text be absent, but its default value fails its own check"));
  EXPECT_EQ(refusal_of_mode(6), "Freshet: the description of wrong has a field without a name");
  EXPECT_THAT(refusal_of_mode(7), testing::HasSubstr("names the model with other signs"));
}

}  // namespace
}  // namespace freshet
