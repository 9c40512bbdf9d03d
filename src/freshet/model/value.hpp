// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace freshet {

/// A value whose shape is only known at run time: what JSON can say, with integers of 64 bits kept exactly.
///
/// Members of an object are ordered by name, so that equal objects are equal texts. An integer is held as int64
/// wherever it fits and as uint64 above that, so equal integers are equal Values; an integer never equals a real
/// number.
///
/// Example: src/freshet/model/value.test.cpp [value]
class Value {
 public:
  using List = std::vector<Value>;
  using Object = std::map<std::string, Value, std::less<>>;
  enum class Kind : std::uint8_t { null, boolean, integer, natural, real, string, list, object };

  Value() = default;
  Value(std::nullptr_t) {}                                                      // NOLINT(google-explicit-constructor)
  Value(std::same_as<bool> auto value) : data_(value) {}                        // NOLINT(google-explicit-constructor)
  Value(std::signed_integral auto value) : data_(std::int64_t{value}) {}        // NOLINT(google-explicit-constructor)
  Value(std::floating_point auto value) : data_(static_cast<double>(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : data_(std::string(value)) {}                       // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : data_(std::string(value)) {}                  // NOLINT(google-explicit-constructor)
  Value(std::string value) : data_(std::move(value)) {}                         // NOLINT(google-explicit-constructor)
  Value(List value) : data_(std::move(value)) {}                                // NOLINT(google-explicit-constructor)
  Value(Object value) : data_(std::move(value)) {}                              // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool>) Value(Integer value) {  // NOLINT(google-explicit-constructor)
    if (std::uint64_t{value} <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      data_ = static_cast<std::int64_t>(value);
    } else {
      data_ = std::uint64_t{value};
    }
  }

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::null; }

  // Each is null unless the value is of that kind.
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_integer() const { return std::get_if<std::int64_t>(&data_); }
  /// An integer above the largest int64.
  const std::uint64_t* if_natural() const { return std::get_if<std::uint64_t>(&data_); }
  const double* if_real() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const List* if_list() const { return std::get_if<List>(&data_); }
  List* if_list() { return std::get_if<List>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  /// The member of an object; null if there is none, or if this is no object.
  const Value* find(std::string_view name) const;
  /// The member of an object, made if there is none; a null becomes an object first. Requires: an object or null.
  Value& operator[](std::string_view name);
  /// Appends to a list; a null becomes a list first. Requires: a list or null.
  Value& append(Value element);

  /// Ordered by kind, then by value; NaN equals itself and comes last among numbers, as in freshet::compare().
  friend bool operator==(const Value& left, const Value& right) { return (left <=> right) == 0; }
  friend std::weak_ordering operator<=>(const Value& left, const Value& right);

 private:
  // In the order of Kind.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, List, Object> data_;
};

}  // namespace freshet

template <> struct std::hash<freshet::Value> { std::size_t operator()(const freshet::Value& value) const noexcept; };
