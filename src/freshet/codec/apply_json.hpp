// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// How a partial update is applied.
struct ApplyOptions {
  DecodeOptions decode{};
  /// The only fields that may be changed, by their names in the program; unset: all that are imported.
  std::optional<std::vector<std::string>> only{};
};

namespace codec {

/// Changes those members of a described struct that the JSON object `text` names, and returns which these were, in the
/// schema's order. For `PATCH` and forms.
///
/// Members are replaced whole, also structs and lists; checks apply, then setters run in the schema's order. What the
/// text has beyond the model is dropped, refused or kept as the model says. A Poly keeps its class.
///
/// Errors: as codec::decode_json(), and: a field that may not be changed, another key or class. Then `object` is as it
/// was. Cost: copies the object once, so that nothing is half applied. Example: apply_json.test.cpp [apply_json]
Result<std::vector<const Field*>> apply_json(const Type& type, void* object, std::string_view text,
                                             const ApplyOptions& options = {});

/// The same, from the value that begins with the reader's current token; ends on its last token.
Result<std::vector<const Field*>> apply_json(const Type& type, void* object, JsonReader& reader,
                                             const ApplyOptions& options = {});

}  // namespace codec

/// Changes what the JSON object names, all or nothing: codec::apply_json().
template <class T>
Result<std::vector<const Field*>> apply_json(T& object, std::string_view text, const ApplyOptions& options = {}) {
  return codec::apply_json(type_of<T>(), &object, text, options);
}

}  // namespace freshet
