// SPDX-License-Identifier: MIT
#include "freshet/model/any_object.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {
namespace {

TEST(AnyObject, owns_a_copy_of_its_own) {
  AnyObject text(type_of<std::string>());
  type_of<std::string>().as_string(text.get()) = "a text that does not fit into the object itself";
  AnyObject copy = text;
  type_of<std::string>().as_string(text.get()) = "changed";
  EXPECT_EQ(type_of<std::string>().as_string(std::as_const(copy).get()).size(), 47U);
  AnyObject moved = std::move(copy);
  moved = text;
  EXPECT_TRUE(moved.type().equal(moved.get(), text.get()));
}

struct Fragile {
  static inline bool fails = false;
  Fragile() {
    if (fails) throw std::runtime_error("no");
  }
  std::vector<int> numbers;
};
constexpr auto describe(of<Fragile>) { return model("fragile", field<&Fragile::numbers>()); }

TEST(AnyObject, leaks_nothing_when_the_object_cannot_be_made) {
  Fragile::fails = true;
  EXPECT_THROW(AnyObject(type_of<Fragile>()), std::runtime_error);
  Fragile::fails = false;
  EXPECT_NO_THROW(AnyObject(type_of<Fragile>()));
}

}  // namespace
}  // namespace freshet
