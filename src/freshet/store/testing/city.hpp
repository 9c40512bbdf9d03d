// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/model/value.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store::testing {

enum class Size : std::uint8_t { small, large };
constexpr auto describe(of<Size>) { return enumeration<Size::small, Size::large>("size"); }

struct Mayor {
  std::string name;
  int since = 0;
  bool operator==(const Mayor&) const = default;
};
constexpr auto describe(of<Mayor>) { return model("mayor", field<&Mayor::name>(), field<&Mayor::since>()); }

/// A model with a member of every kind that a store keeps.
struct City {
  std::string id;
  std::string name;
  std::string country = "USA";
  bool capital = false;
  std::int64_t people = 0;
  double area = 0;
  Size size = Size::small;
  Timestamp founded{};
  std::optional<std::string> state;
  std::optional<std::int64_t> metro_lines;
  std::vector<std::string> regions;
  std::vector<std::int64_t> codes;
  std::map<std::string, int> scores;
  std::optional<Mayor> mayor;
  Value notes;

  bool operator==(const City&) const = default;
};
constexpr auto describe(of<City>) {
  return model("City", key<&City::id>(), field<&City::name>(), field<&City::country>(), field<&City::capital>(),
               field<&City::people>(), field<&City::area>(), field<&City::size>(), field<&City::founded>(),
               field<&City::state>(), field<&City::metro_lines>(), field<&City::regions>(), field<&City::codes>(),
               field<&City::scores>(), field<&City::mayor>(), field<&City::notes>());
}

/// A small second model, for transactions over two tables.
struct Counter {
  std::int64_t id = 0;
  std::int64_t count = 0;
  bool operator==(const Counter&) const = default;
};
constexpr auto describe(of<Counter>) { return model("Counter", key<&Counter::id>(), field<&Counter::count>()); }

inline City city(std::string id, std::string name, std::string country = "USA", bool capital = false) {
  City made;
  made.id = std::move(id);
  made.name = std::move(name);
  made.country = std::move(country);
  made.capital = capital;
  return made;
}

/// A write of an object, as typed code would make it. Requires: the object can be stored.
template <class T> Write write_of(WriteKind kind, const T& object, std::string parent = {}) {
  const Table& table = table_of<T>();
  const Variant& variant = table.variants.front();
  Write write{.kind = kind, .table = &table, .obj_type = variant.name};
  write.key = {.parent = std::move(parent), .id = id_of(variant, &object)};
  write.cells = to_cells(table, variant, &object).value();
  return write;
}

/// The object in a row. Requires: it is one.
template <class T> T object_of(const Row& row) {
  const Table& table = table_of<T>();
  T object;
  auto filled = from_cells(table, *table.variant(row.obj_type), row.key.id, row.cells, &object);
  if (!filled) throw Failure(filled.error());
  return object;
}

}  // namespace freshet::store::testing
