// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/model/type.hpp"

namespace freshet {

/// What the value of a field must keep to, beyond its type.
struct Checks {
  static constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  /// Bounds of a number, both allowed themselves. A long double holds every 64-bit integer exactly.
  long double minimum = -kInfinity;
  long double maximum = kInfinity;
  /// Bounds of the number of characters (Unicode code points) of a string, of elements of a list or map.
  std::size_t length_min = 0;
  std::size_t length_max = kNoLimit;

  constexpr bool has_range() const { return minimum > -kInfinity || maximum < kInfinity; }
  constexpr bool has_length() const { return length_min > 0 || length_max < kNoLimit; }
};

/// One member of a described struct.
struct Field {
  std::string name;
  std::string doc;
  const Type* type = nullptr;
  /// Where the member lies in the object, in bytes.
  std::size_t offset = 0;
  /// Belongs to what identifies a row.
  bool is_key = false;
  /// Must be there in an input; if not, its absence leaves the default member initialiser (an empty std::optional).
  bool is_required = true;
  Checks checks;

  const void* in(const void* object) const { return static_cast<const std::byte*>(object) + offset; }
  void* in(void* object) const { return static_cast<std::byte*>(object) + offset; }
};

/// A described struct as a plain run-time value: what codecs, documentation and stores work from.
///
/// Both ways of describing a struct (describe.hpp, record.hpp) yield the same Schema.
///
/// Invariants: 1. names and offsets of fields are distinct. 2. `defaults` is an object of the described type as its
/// default member initialisers make it.
/// Thread safety: constant once built.
struct Schema {
  std::string name;
  std::string doc;
  std::vector<Field> fields;
  /// Shared by the copies of this Schema.
  std::shared_ptr<const void> defaults;

  /// The field of that name; null if there is none.
  const Field* find(std::string_view field_name) const;
  /// The default value of a field.
  const void* default_of(const Field& field) const { return field.in(defaults.get()); }
};

/// The Schema of a described struct, built when first asked for.
///
/// Errors: throws Failure if a description that the compiler cannot check (record.hpp) is wrong; check_description()
/// in a test finds out early.
template <class T> const Schema& schema_of();

}  // namespace freshet
