// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/base/result.hpp"
#include "freshet/model/detail/aggregate.hpp"
#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet::detail {

/// What the layout of a struct can tell about members that a description leaves out.
enum class LayoutRule : std::uint8_t {
  counted,     ///< The compiler has counted the members already; nothing to check.
  with_bases,  ///< Members may follow a base's padding: smaller gaps mean nothing.
  exact,       ///< Between members lies what alignment asks for and no more.
};

/// What only the compiler knows about a struct that describes itself at run time.
struct RecordShape {
  LayoutRule layout = LayoutRule::exact;
  bool is_empty = false;
  bool is_polymorphic = false;
  /// How many initialisers an aggregate takes for its members at least; 0 if unknown.
  std::size_t initialiser_count = 0;
  std::string_view struct_name{};
  /// Getters of doc_id and doc_ref.
  Result<void> (*get_id)(const void* object, void* value) = nullptr;
  Result<void> (*get_path)(const void* object, void* value) = nullptr;
};

/// The document's id, and its path, as getters of a T.
template <class T> Result<void> get_document_id(const void* object, void* value) {
  return write_document_id(schema_of<T>(), object, *static_cast<std::string*>(value));
}
template <class T> Result<void> get_document_path(const void* object, void* value) {
  return write_document_path(schema_of<T>(), object, *static_cast<std::string*>(value));
}

template <class T> constexpr RecordShape shape_of() {
  return {.is_empty = std::is_empty_v<T>,
          .is_polymorphic = std::is_polymorphic_v<T>,
          .struct_name = kSpelledType<T>,
          .get_id = &get_document_id<T>,
          .get_path = &get_document_path<T>};
}

template <class T> constexpr RecordShape shape_of_record() {
  RecordShape shape = shape_of<T>();
  if constexpr (std::is_aggregate_v<T> && !std::is_empty_v<T>) {
    // Members of a base between Record and T are described as well, so that there may be more fields than this.
    shape.initialiser_count = initialiser_count<T>() - base_count<T>();
  }
  return shape;
}

/// A value for a field, of the type that a description would write it in: a literal text is a std::string.
template <class Written> class DefaultValue {
  using Held = std::conditional_t<std::is_convertible_v<const Written&, std::string>, std::string, Written>;

 public:
  explicit DefaultValue(const Written& value) : value_(value) {}
  const Type& type() const { return type_of<Held>(); }
  const void* get() const { return &value_; }

 private:
  Held value_;
};
template <std::size_t N> class DefaultValue<char[N]> : public DefaultValue<const char*> {
 public:
  using DefaultValue<const char*>::DefaultValue;
};

template <class Fn> struct ArgumentOfFunction {};
template <class R, class Argument> struct ArgumentOfFunction<R (*)(Argument)> {
  using type = std::remove_cvref_t<Argument>;
};
template <class R, class Argument>
struct ArgumentOfFunction<R (*)(Argument) noexcept> : ArgumentOfFunction<R (*)(Argument)> {};

/// What a function of one argument takes, without const and reference.
template <class Fn> using ArgumentOf = typename ArgumentOfFunction<Fn>::type;

}  // namespace freshet::detail
