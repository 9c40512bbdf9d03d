// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/codec/apply_json.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// What a request wants a T to be changed to: with PATCH some of its attributes, with PUT all of it.
///
/// Thread safety: a value. Example: src/freshet/meta/rest_mediator.test.cpp [rest]
template <class T> class Amendment {
 public:
  Amendment() = default;
  Amendment(std::string json, bool is_whole) : json_(std::move(json)), is_whole_(is_whole) {}

  /// Whether all of the object is replaced: what the request leaves out takes its default, or is missed.
  bool is_whole() const { return is_whole_; }
  const std::string& json() const { return json_; }

  /// Changes the object, all or nothing.
  ///
  /// Errors: as codec::apply_json(): unknown attributes, wrong types, values that a check refuses, another key; with
  /// their path. For a whole object also what is missing.
  Result<void> apply_to(T& object) const {
    T changed = object;
    if (is_whole_) {
      if (auto read = codec::decode_json(type_of<T>(), &changed, json_); !read) return read;
      if (auto same = check_key(object, changed); !same) return same;
    } else if (auto applied = apply_json(changed, json_); !applied) {
      return fail(std::move(applied.error()));
    }
    object = std::move(changed);
    return {};
  }

 private:
  static Result<void> check_key(const T& before, const T& after) {
    const Schema& schema = schema_of<T>();
    if (schema.single_key() == nullptr) return {};
    const auto was = document_id(schema, &before);
    const auto is = document_id(schema, &after);
    if (was && is && *was == *is) return {};
    return fail({.code = ErrorCode::invalid_argument,
                 .primary = "the key is another one",
                 .detail = is ? "it is '" + *is + "'" : is.error().primary,
                 .hint = was ? "'" + *was + "' is changed here" : "",
                 .path = "$." + schema.single_key()->data_key});
  }

  std::string json_;
  bool is_whole_ = true;
};

}  // namespace freshet
