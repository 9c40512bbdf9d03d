// SPDX-License-Identifier: MIT
#include "freshet/model/poly.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/compare.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/testing/models.hpp"
#include "freshet/model/validate.hpp"

namespace freshet {
namespace {

// Asked for before the subclasses are complete, as in a header that only declares them.
struct Circle;
struct Square;
struct Shape {
  std::string id;
  double area = 0;
};
constexpr auto describe(of<Shape>) {
  return model("shapes", subclasses<Circle, Square>(), key<&Shape::id>(), field<&Shape::area>(optional, at_least(0)));
}
const Schema& shapes() { return schema_of<Shape>(); }

struct Circle : Shape {
  double radius = 1;
};
constexpr auto describe(of<Circle>) {
  return model("circle", extends<Shape>(), obj_type("Round"), field<&Circle::radius>(optional));
}
struct Named {
  std::string label;
};
// Its Shape does not lie at its beginning.
struct Square : Named, Shape {
  double side = 1;
};
constexpr auto describe(of<Square>) {
  return model("square", extends<Shape>(), ignored<&Square::label>(), field<&Square::side>(optional));
}

std::vector<std::string> classes_of(const Type& parent) {
  std::vector<std::string> names;
  for (const Type* variant : variants_of(parent)) names.push_back(variant->schema().obj_type);
  return names;
}

template <class Face> class Polymorphic : public testing::Test {};
using Faces = testing::Types<samples::Meta, samples::Classic>;
TYPED_TEST_SUITE(Polymorphic, Faces, samples::FaceNames);

TYPED_TEST(Polymorphic, family_is_known_from_the_descriptions) {
  const Type& city = type_of<typename TypeParam::City>();
  EXPECT_EQ(classes_of(city), (std::vector<std::string>{"City", "Municipality", "StandardCity"}));
  EXPECT_EQ(find_variant(city, "StandardCity"), &type_of<typename TypeParam::StandardCity>());
  EXPECT_EQ(find_variant(city, "Village"), nullptr);
  EXPECT_EQ(classes_of(type_of<typename TypeParam::Municipality>()), std::vector<std::string>{"Municipality"});
  EXPECT_TRUE(check_description<typename TypeParam::City>());
}

TYPED_TEST(Polymorphic, child_takes_over_fields_collection_and_indexes) {
  const Schema& schema = schema_of<typename TypeParam::StandardCity>();
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"id", "name", "country", "state", "regions"}));
  EXPECT_EQ(schema.find("name")->data_key, "cityName");
  EXPECT_EQ(schema.name, "StandardCity");
  EXPECT_EQ(schema.collection, "City");
  EXPECT_EQ(schema.obj_type_key, "obj_type");
  typename TypeParam::StandardCity city;
  EXPECT_EQ(schema.find("country")->in(&city), &city.country);
}

TYPED_TEST(Polymorphic, child_is_compared_with_what_it_inherits) {
  typename TypeParam::StandardCity left;
  typename TypeParam::StandardCity right;
  EXPECT_TRUE(equal(left, right));
  EXPECT_EQ(hash_of(left), hash_of(right));
  right.country = "USA";
  EXPECT_FALSE(equal(left, right));
  EXPECT_TRUE(compare(left, right) < 0);
  EXPECT_NE(hash_of(left), hash_of(right));
  right = left;
  right.state = "CA";
  EXPECT_FALSE(equal(left, right));
}

// [poly]
TYPED_TEST(Polymorphic, value_is_of_whatever_class) {
  using City = typename TypeParam::City;
  using StandardCity = typename TypeParam::StandardCity;
  StandardCity la;
  la.name = "Los Angeles";
  la.state = "CA";
  const Poly<City> city = la;
  EXPECT_EQ(city->name, "Los Angeles");
  EXPECT_EQ(city.obj_type(), "StandardCity");
  ASSERT_NE(city.template as<StandardCity>(), nullptr);
  EXPECT_EQ(city.template as<StandardCity>()->state, "CA");
  EXPECT_EQ(city.template as<typename TypeParam::Municipality>(), nullptr);
}
// [/poly]

TYPED_TEST(Polymorphic, value_is_copied_and_compared_whole) {
  using City = typename TypeParam::City;
  typename TypeParam::StandardCity la;
  la.state = "CA";
  Poly<City> one = la;
  Poly<City> other = one;
  EXPECT_TRUE(equal(one, other));
  EXPECT_EQ(hash_of(one), hash_of(other));
  other.template as<typename TypeParam::StandardCity>()->state = "NV";
  EXPECT_FALSE(equal(one, other)) << "a copy is another object";
  EXPECT_TRUE(compare(one, other) < 0);
  EXPECT_EQ(one.template as<typename TypeParam::StandardCity>()->state, "CA");
  other = typename TypeParam::Municipality();
  EXPECT_FALSE(equal(one, other));
  EXPECT_TRUE(compare(other, one) < 0) << "ordered by class first";
  EXPECT_EQ(Poly<City>().obj_type(), "City");
}

TEST(Poly, may_be_described_before_its_subclasses_are_complete) {
  EXPECT_EQ(shapes().subclasses.size(), 2U);
  EXPECT_EQ(classes_of(type_of<Shape>()), (std::vector<std::string>{"Shape", "Round", "Square"}));
  EXPECT_TRUE(check_description<Shape>()) << to_string(check_description<Shape>().error());
}

TEST(Poly, finds_the_parent_inside_wherever_it_lies) {
  Square square;
  square.id = "s";
  square.area = 4;
  EXPECT_EQ(upcast(type_of<Square>(), &square, type_of<Shape>()), static_cast<Shape*>(&square));
  EXPECT_NE(static_cast<void*>(&square), static_cast<void*>(static_cast<Shape*>(&square)));
  EXPECT_EQ(upcast(type_of<Square>(), &square, type_of<Circle>()), nullptr);
  Poly<Shape> shape = square;
  EXPECT_EQ(shape->id, "s");
  EXPECT_EQ((*shape).area, 4);
  EXPECT_EQ(schema_of<Square>().find("area")->in(&square), &square.area);
  shape.get().area = 9;
  EXPECT_EQ(shape.as<Square>()->area, 9);
}

TEST(Poly, is_seen_through_its_type) {
  const Type& type = type_of<Poly<Shape>>();
  EXPECT_EQ(type.kind(), Kind::poly);
  EXPECT_EQ(type.element(), type_of<Shape>());
  EXPECT_EQ(type.name(), "shapes");
  Poly<Shape> shape;
  auto* circle = static_cast<Circle*>(type.poly_emplace(&shape, type_of<Circle>()));
  circle->radius = 3;
  EXPECT_EQ(type.poly_type(&shape), type_of<Circle>());
  EXPECT_EQ(type.poly_get(&shape), circle);
  EXPECT_EQ(shape.as<Circle>()->radius, 3);
}

TEST(Poly, is_validated_as_what_it_holds) {
  std::vector<Poly<Shape>> drawing{Circle()};
  EXPECT_TRUE(validate(drawing));
  drawing[0].get().area = -1;
  EXPECT_EQ(to_string(validate(drawing).error()), "$[0].area: must be at least 0 (got -1)");
}

struct Child;
struct Parent : Record {
  int id = 0;
  void describe(Describer& d) {
    d.name("parent");
    d.key("id", id);
    d.subclasses<Child>();
  }
};
struct Child : Parent {
  void describe(Describer& d) {
    Parent::describe(d);
    d.name("child");
  }
};

TEST(Poly, refuses_a_subclass_that_does_not_extend_its_parent) {
  const auto checked = check_description<Parent>();
  ASSERT_FALSE(checked);
  EXPECT_EQ(to_string(checked.error()),
            "Freshet: the description of parent lists the subclass child, which does not extend it; "
            "hint: its own description must say extends<Parent>");
}

struct Twin;
struct Elder {
  int id = 0;
};
constexpr auto describe(of<Elder>) { return model("elder", subclasses<Twin>(), key<&Elder::id>()); }
struct Twin : Elder {};
constexpr auto describe(of<Twin>) { return model("twin", extends<Elder>(), obj_type("Elder")); }

TEST(Poly, refuses_two_classes_of_one_name) {
  const auto checked = check_description<Elder>();
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().primary, testing::HasSubstr("has two classes with the obj_type Elder"));
}

}  // namespace
}  // namespace freshet
