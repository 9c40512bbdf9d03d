// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/base/clock.hpp"
#include "freshet/base/ids.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/row.hpp"

namespace freshet {

/// An object as a store has it.
template <class T> struct Document {
  T value{};
  Reference reference;
  Revision revision = 0;
  Timestamp created_at{};
  Timestamp updated_at{};

  const T* operator->() const { return &value; }
  const T& operator*() const { return value; }
};

/// What must hold of a stored document for a write of it to happen: `{.exists = false}`, `{.revision = user.revision}`.
using Precondition = store::Precondition;

/// What names a document of a model: its id as text, as the number or Id that the key field is, or a Ref to it.
class DocumentId {
 public:
  DocumentId(const char* id) : text_(id) {}             // NOLINT(google-explicit-constructor)
  DocumentId(std::string_view id) : text_(id) {}        // NOLINT(google-explicit-constructor)
  DocumentId(std::string id) : text_(std::move(id)) {}  // NOLINT(google-explicit-constructor)
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) DocumentId(Integer id)
      : text_(std::to_string(id)) {}  // NOLINT(google-explicit-constructor)
  template <class Tag, class Rep>
  DocumentId(const Id<Tag, Rep>& id) : DocumentId(id.value()) {}  // NOLINT(google-explicit-constructor)
  template <class Reference_>
  requires requires(const Reference_& reference) {
    typename Reference_::ReferenceTarget;
    { reference.id() } -> std::convertible_to<std::string>;
  }
  DocumentId(const Reference_& reference) : text_(reference.id()) {}  // NOLINT(google-explicit-constructor)

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace freshet
