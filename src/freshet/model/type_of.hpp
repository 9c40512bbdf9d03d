// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/model/detail/type_operations.hpp"
#include "freshet/model/type.hpp"

namespace freshet {

namespace detail {

template <class T> inline constexpr Type kType{make_type_parts<T>()};

}  // namespace detail

/// The Type of a C++ type: numbers, bool, std::string, Timestamp, Id, Value, Ref, Nested, described enums and structs,
/// Poly, and std::optional, std::vector, std::deque, std::set and std::map of such.
template <class T> constexpr const Type& type_of() {
  if constexpr (detail::strong_id<T>) {
    // An Id is its number or text with a stricter C++ type; it is stored and sent as that.
    static_assert(sizeof(T) == sizeof(typename T::rep));
    return detail::kType<typename T::rep>;
  } else {
    return detail::kType<T>;
  }
}

}  // namespace freshet
