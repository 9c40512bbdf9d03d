// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"

namespace freshet {

/// The place of a document or collection in a store: names joined by '/', by turns a collection and an id in it.
///
/// "users" is a collection, "users/tijuana" a document, "users/tijuana/sessions" a collection within it. The empty
/// path is the root. A name is UTF-8, not empty, has no '/' and no character below U+0020, and is at most 1500 bytes
/// long.
///
/// Example: src/freshet/store/reference.test.cpp [reference]
class Reference {
 public:
  static constexpr std::size_t kNameBytesMax = 1500;
  static constexpr std::size_t kDepthMax = 32;

  /// The root.
  Reference() = default;
  /// Errors: invalid_argument.
  static Result<Reference> parse(std::string_view path);
  /// Whether a text can be one of the names.
  static bool is_name(std::string_view name);

  /// The place `name` below this one. Errors: throws Failure if it is no name, or the path is too deep.
  Reference operator/(std::string_view name) const;

  bool is_root() const { return path_.empty(); }
  bool is_document() const { return depth() % 2 == 0 && !is_root(); }
  bool is_collection() const { return depth() % 2 == 1; }
  std::size_t depth() const;

  const std::string& path() const { return path_; }
  /// The last name: a document's id, a collection's name; empty for the root.
  std::string_view name() const;
  /// The place that this one lies in; the root's is the root.
  Reference parent() const;

  friend bool operator==(const Reference&, const Reference&) = default;
  friend std::strong_ordering operator<=>(const Reference&, const Reference&) = default;

 private:
  std::string path_;
};

}  // namespace freshet

template <> struct std::hash<freshet::Reference> {
  std::size_t operator()(const freshet::Reference& reference) const noexcept {
    return std::hash<std::string>()(reference.path());
  }
};
