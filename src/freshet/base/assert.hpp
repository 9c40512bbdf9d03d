// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

/// Ends the program when `expression` is false: a broken contract of the program itself, never a bad input.
///
/// Always on. Prints the expression, its operands where it is a comparison, and file:line on standard error, then
/// aborts. Evaluates the expression once. A sentence may be joined: `FRESHET_ASSERT(loop && "needs a loop")`.
///
/// Cost: the comparison itself and a branch that is predicted as not taken.
/// Example: src/freshet/base/assert.test.cpp [assert]
#define FRESHET_ASSERT(...)                                                                                       \
  do {                                                                                                            \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wparentheses\"")::freshet::detail::require( \
        #__VA_ARGS__, __FILE__, __LINE__, ::freshet::detail::Decompose{} <= __VA_ARGS__);                         \
    _Pragma("GCC diagnostic pop")                                                                                 \
  } while (false)

namespace freshet::detail {

[[noreturn]] void abort_with_assertion(std::string_view expression, const std::string& operands, const char* file,
                                       int line);

void append_operand(std::string& out, bool value);
void append_operand(std::string& out, long long value);
void append_operand(std::string& out, unsigned long long value);
void append_operand(std::string& out, double value);
void append_operand(std::string& out, std::string_view value);
void append_operand(std::string& out, const void* value);

template <class T> void print_operand(std::string& out, const T& value) {
  if constexpr (std::is_null_pointer_v<T>) {
    out += "nullptr";
  } else if constexpr (std::same_as<T, bool>) {
    append_operand(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    print_operand(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::signed_integral<T>) {
    append_operand(out, static_cast<long long>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    append_operand(out, static_cast<unsigned long long>(value));
  } else if constexpr (std::floating_point<T>) {
    append_operand(out, static_cast<double>(value));
  } else if constexpr (std::is_convertible_v<const T&, const void*> && !std::is_array_v<T>) {
    append_operand(out, static_cast<const void*>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_operand(out, std::string_view(value));
  } else {
    out += "{...}";
  }
}

// An assertion compares what its author compares: `list.size() == 3` is no mistake there.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"

/// A comparison with both operands at hand. Lives for one full expression only.
template <class Left, class Right> struct Comparison {
  bool holds;
  const Left& left;
  const Right& right;
  std::string_view sign;
  constexpr explicit operator bool() const { return holds; }
  void print(std::string& out) const {
    print_operand(out, left);
    (out += ' ').append(sign) += ' ';
    print_operand(out, right);
  }
};

/// The left operand, waiting for a comparison that may follow.
template <class Left> struct Operand {
  const Left& left;
  constexpr explicit operator bool() const { return static_cast<bool>(left); }
  void print(std::string& out) const { print_operand(out, left); }

  template <class Right> constexpr Comparison<Left, Right> operator==(const Right& right) const {
    return {static_cast<bool>(left == right), left, right, "=="};
  }
  template <class Right> constexpr Comparison<Left, Right> operator!=(const Right& right) const {
    return {static_cast<bool>(left != right), left, right, "!="};
  }
  template <class Right> constexpr Comparison<Left, Right> operator<(const Right& right) const {
    return {static_cast<bool>(left < right), left, right, "<"};
  }
  template <class Right> constexpr Comparison<Left, Right> operator<=(const Right& right) const {
    return {static_cast<bool>(left <= right), left, right, "<="};
  }
  template <class Right> constexpr Comparison<Left, Right> operator>(const Right& right) const {
    return {static_cast<bool>(left > right), left, right, ">"};
  }
  template <class Right> constexpr Comparison<Left, Right> operator>=(const Right& right) const {
    return {static_cast<bool>(left >= right), left, right, ">="};
  }
};

#pragma GCC diagnostic pop

// `Decompose{} <= a == b` parses as `(Decompose{} <= a) == b`, whatever arithmetic `a` holds.
struct Decompose {
  template <class Left> constexpr Operand<Left> operator<=(const Left& left) const { return {left}; }
};

template <class Outcome>
[[noreturn]] void assertion_failed(std::string_view expression, const char* file, int line, const Outcome& outcome) {
  std::string operands;
  if constexpr (!std::same_as<Outcome, bool>) outcome.print(operands);
  abort_with_assertion(expression, operands, file, line);
}

// A function, so that temporaries among the operands still live when they are printed.
template <class Outcome>
constexpr void require(const char* expression, const char* file, int line, const Outcome& outcome) {
  if (!static_cast<bool>(outcome)) [[unlikely]]
    assertion_failed(expression, file, line, outcome);
}

}  // namespace freshet::detail
