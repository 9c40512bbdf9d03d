// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/model/any_object.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// A described struct, then all that is derived from it, in the order of the descriptions.
///
/// Errors: throws Failure if what a description lists as a subclass does not say that it extends it, or if two of them
/// have the same obj_type.
std::vector<const Type*> variants_of(const Type& parent);

/// The class of that obj_type among `parent` and its subclasses; null if there is none.
const Type* find_variant(const Type& parent, std::string_view obj_type);

/// An object of class `from` as one of class `to`, which is `from` or something that it extends; null if it is neither.
const void* upcast(const Type& from, const void* object, const Type& to);

namespace detail {

bool equal_objects(const AnyObject& left, const AnyObject& right);
std::weak_ordering compare_objects(const AnyObject& left, const AnyObject& right);
std::size_t hash_object(const AnyObject& object);

}  // namespace detail

/// A value that is a `Base` or one of its subclasses: owns it, copies it, compares it whole.
///
/// In JSON it is the object, with its class in the member "obj_type"; when read, that decides the class, and without it
/// the object is a `Base`.
///
/// Requires: the description of Base lists the subclasses, and theirs extend it. One that was moved from may only be
/// assigned to or destroyed.
/// Example: src/freshet/model/poly.test.cpp [poly]
template <class Base> class Poly {
 public:
  using PolyBase = Base;

  /// Holds a default Base.
  Poly() : object_(type_of<Base>()) {}
  template <std::derived_from<Base> Class>
  Poly(Class object) : object_(type_of<Class>()) {  // NOLINT(google-explicit-constructor): every City is a Poly<City>
    *static_cast<Class*>(object_.get()) = std::move(object);
  }

  const Base& get() const { return *static_cast<const Base*>(upcast(type(), data(), type_of<Base>())); }
  Base& get() { return const_cast<Base&>(std::as_const(*this).get()); }
  const Base& operator*() const { return get(); }
  const Base* operator->() const { return &get(); }

  /// The object as a `Class`, if it is one or is derived from one; else null.
  template <std::derived_from<Base> Class> const Class* as() const {
    return static_cast<const Class*>(upcast(type(), data(), type_of<Class>()));
  }
  template <std::derived_from<Base> Class> Class* as() {
    return const_cast<Class*>(static_cast<const Poly*>(this)->template as<Class>());
  }

  const Type& type() const { return object_.type(); }
  /// The class of the object by its name in documents: "StandardCity".
  const std::string& obj_type() const { return type().schema().obj_type; }

  /// The object itself, of the class type().
  const void* data() const { return object_.get(); }
  /// Holds a default object of class `variant` from now on, and returns it. Requires: it is one of variants_of(Base).
  void* emplace(const Type& variant) {
    object_ = AnyObject(variant);
    return object_.get();
  }

  friend bool operator==(const Poly& left, const Poly& right) {
    return detail::equal_objects(left.object_, right.object_);
  }
  /// By class first.
  friend std::weak_ordering operator<=>(const Poly& left, const Poly& right) {
    return detail::compare_objects(left.object_, right.object_);
  }

 private:
  friend struct std::hash<Poly>;
  AnyObject object_;
};

}  // namespace freshet

template <class Base> struct std::hash<freshet::Poly<Base>> {
  std::size_t operator()(const freshet::Poly<Base>& value) const noexcept {
    return freshet::detail::hash_object(value.object_);
  }
};
