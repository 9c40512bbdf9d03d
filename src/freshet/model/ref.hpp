// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

namespace detail {

/// `<collection>/<id>`.
std::string reference_path(const Schema& target, std::string_view id);

}  // namespace detail

/// The id that a reference to `target` means, written as `<collection>/<id>` or as the bare id.
///
/// Errors: invalid_argument for another collection, an empty id, one longer than 1500 bytes, one with a '/' or a
/// character below U+0020.
Result<std::string> parse_reference(const Type& target, std::string_view text);

/// A reference to a stored model: the id of a `T`, which may be declared only so far.
///
/// One, `std::vector<Ref<T>>`, `std::set<Ref<T>>` or `std::map<std::string, Ref<T>>` of them are relations. In JSON a
/// reference is the path "users/tijuana", and null where it is empty; the bare id is read as well. In a store it is the
/// id. The other direction of a relation (the tickets of a user) is no attribute but a query:
/// `from<Ticket>().where(attribute<&Ticket::user> == id)`.
///
/// Example: src/freshet/model/ref.test.cpp [ref]
template <class T> class Ref {
 public:
  using ReferenceTarget = T;
  static constexpr bool kIsNested = false;

  /// Refers to nothing.
  Ref() = default;
  explicit Ref(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  bool is_empty() const { return id_.empty(); }
  explicit operator bool() const { return !is_empty(); }

  /// "users/tijuana"; empty for an empty reference.
  std::string path() const { return is_empty() ? std::string() : detail::reference_path(schema_of<T>(), id_); }

  friend bool operator==(const Ref&, const Ref&) = default;
  friend std::strong_ordering operator<=>(const Ref&, const Ref&) = default;

 private:
  std::string id_;
};

/// A reference to `object`, by its key. Errors: throws Failure if the model has not exactly one key field.
template <class T> Ref<T> ref_to(const T& object) {
  auto id = document_id(schema_of<T>(), &object);
  if (!id) throw Failure(std::move(id.error()));
  return Ref<T>(*std::move(id));
}

/// A reference that can carry the object that it refers to, once somebody has loaded it.
///
/// It is stored, sent and compared as the reference alone. Whoever loads it says what it found with load(); an object
/// that was loaded for another id is not given out.
///
/// Thread safety: a copy shares the loaded object, which is constant.
/// Example: src/freshet/model/ref.test.cpp [nested]
template <class T> class Nested {
 public:
  using ReferenceTarget = T;
  static constexpr bool kIsNested = true;

  Nested() = default;
  explicit Nested(std::string id) : id_(std::move(id)) {}
  Nested(Ref<T> reference) : id_(reference.id()) {}  // NOLINT(google-explicit-constructor): the same reference

  const std::string& id() const { return id_; }
  bool is_empty() const { return id_.empty(); }
  Ref<T> reference() const { return Ref<T>(id_); }

  /// Takes over the object that the reference refers to.
  void load(T object) { loaded_ = std::make_shared<const Loaded>(Loaded{id_, std::move(object)}); }
  bool is_loaded() const { return loaded_ != nullptr && loaded_->id == id_; }
  /// The loaded object; null if there is none.
  const T* get() const { return is_loaded() ? &loaded_->object : nullptr; }

  friend bool operator==(const Nested& left, const Nested& right) { return left.id_ == right.id_; }
  friend std::strong_ordering operator<=>(const Nested& left, const Nested& right) { return left.id_ <=> right.id_; }

 private:
  struct Loaded {
    std::string id;
    T object;
  };

  std::string id_;
  std::shared_ptr<const Loaded> loaded_;  // shared by the copies of this reference
};

}  // namespace freshet

template <class T> struct std::hash<freshet::Ref<T>> {
  std::size_t operator()(const freshet::Ref<T>& reference) const noexcept {
    return std::hash<std::string>()(reference.id());
  }
};

template <class T> struct std::hash<freshet::Nested<T>> {
  std::size_t operator()(const freshet::Nested<T>& reference) const noexcept {
    return std::hash<std::string>()(reference.id());
  }
};
