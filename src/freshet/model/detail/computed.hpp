// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/base/without_result.hpp"
#include "freshet/model/of.hpp"

// Getters and setters of attributes as functions over addresses, so that a Field can point to them.
namespace freshet::detail {

template <class T> inline constexpr bool kIsResult = false;
template <class T> inline constexpr bool kIsResult<Result<T>> = true;

/// What a getter takes and gives, taken from its signature: `T get(const Class&)` or a const member function.
template <class Fn> struct GetterOf {};
template <class Class_, class T> struct GetterOf<T (Class_::*)() const> {
  using Class = Class_;
  using Value = typename WithoutResult<std::remove_cvref_t<T>>::type;
};
template <class Class_, class T> struct GetterOf<T (Class_::*)() const noexcept> : GetterOf<T (Class_::*)() const> {};
template <class Class_, class T> struct GetterOf<T (*)(const Class_&)> : GetterOf<T (Class_::*)() const> {};
template <class Class_, class T> struct GetterOf<T (*)(const Class_&) noexcept> : GetterOf<T (Class_::*)() const> {};

template <class Fn> struct CallOperator {};
template <class Closure, class T, class Argument> struct CallOperator<T (Closure::*)(Argument) const> {
  using type = T (*)(Argument);
};

/// A lambda's call operator counts as the function that it is.
template <class Fn> struct FunctionOf { using type = Fn; };
template <class Fn>
requires std::is_class_v<Fn>
struct FunctionOf<Fn> : CallOperator<decltype(&Fn::operator())> {
};

template <class Fn>
concept getter = requires {
  typename GetterOf<typename FunctionOf<std::remove_cv_t<Fn>>::type>::Value;
};

template <class Fn> using GetterClass = typename GetterOf<typename FunctionOf<std::remove_cv_t<Fn>>::type>::Class;
template <class Fn> using GetterValue = typename GetterOf<typename FunctionOf<std::remove_cv_t<Fn>>::type>::Value;

template <class Fn, class Class, class Value>
concept setter = std::invocable<const Fn&, Class&, const Value&> &&
    (std::same_as<std::invoke_result_t<const Fn&, Class&, const Value&>, void> ||
     std::same_as<std::invoke_result_t<const Fn&, Class&, const Value&>, Result<void>>);

/// Runs user code; an exception becomes an error.
template <class Fn> Result<void> contain(Fn&& fn) {
  try {
    return fn();
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& exception) {
    return fail(ErrorCode::internal, "threw an exception", exception.what());
  } catch (...) {
    return fail(ErrorCode::internal, "threw something that is no exception");
  }
}

template <class Getter> Result<void> call_getter(const Getter& getter, const void* object, void* value) {
  using Class = GetterClass<Getter>;
  return contain([&]() -> Result<void> {
    auto&& result = std::invoke(getter, *static_cast<const Class*>(object));
    if constexpr (kIsResult<std::remove_cvref_t<decltype(result)>>) {
      if (!result) return fail(std::move(result.error()));
      *static_cast<GetterValue<Getter>*>(value) = *std::move(result);
    } else {
      *static_cast<GetterValue<Getter>*>(value) = std::forward<decltype(result)>(result);
    }
    return {};
  });
}

template <class Class, class Value, class Setter>
Result<void> call_setter(const Setter& setter, void* object, const void* value) {
  return contain([&]() -> Result<void> {
    auto& target = *static_cast<Class*>(object);
    const auto& input = *static_cast<const Value*>(value);
    if constexpr (std::is_void_v<std::invoke_result_t<const Setter&, Class&, const Value&>>) {
      std::invoke(setter, target, input);
      return {};
    } else {
      return std::invoke(setter, target, input);
    }
  });
}

/// Stateless functions as plain ones: those named by a constant, and lambdas without captures.
template <auto Getter> Result<void> get_by_constant(const void* object, void* value) {
  return call_getter(Getter, object, value);
}
template <auto Getter, auto Setter> Result<void> set_by_constant(void* object, const void* value) {
  using Fn = decltype(Getter);
  return call_setter<GetterClass<Fn>, GetterValue<Fn>>(Setter, object, value);
}
template <class Getter> Result<void> get_by_lambda(const void* object, void* value) {
  return call_getter(Getter{}, object, value);
}
template <class Getter, class Setter> Result<void> set_by_lambda(void* object, const void* value) {
  return call_setter<GetterClass<Getter>, GetterValue<Getter>>(Setter{}, object, value);
}

template <auto Make, class Member> void initialise_by(void* member) { *static_cast<Member*>(member) = Make(); }

template <auto Check, class Member> Result<void> check_by(const void* value) {
  return contain([&]() -> Result<void> { return Check(*static_cast<const Member*>(value)); });
}

template <class Fn>
concept stateless = std::is_class_v<Fn> && std::is_empty_v<Fn> && std::default_initializable<Fn>;

}  // namespace freshet::detail
