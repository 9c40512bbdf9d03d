// SPDX-License-Identifier: MIT
//
// What requests for view models say: pure functions of their text.
#include "freshet/service/internal/view_request.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/suggest.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/net/http.hpp"

namespace freshet::service {
namespace {

using codec::JsonReader;
using codec::JsonToken;

std::string hint_of_setters(const ViewPort& view) {
  if (view.setters.empty()) return "nothing of " + view.name + " can be changed";
  std::string names;
  for (const Setter& setter : view.setters) names.append(names.empty() ? "" : ", ").append(setter.field->data_key);
  return "can be changed: " + names;
}

/// The setter of an attribute, or why there is none.
Result<const Setter*> setter_of(const ViewPort& view, std::string_view name, const JsonReader& reader) {
  const auto found =
      std::ranges::find_if(view.setters, [&](const Setter& setter) { return setter.field->data_key == name; });
  if (found != view.setters.end()) return &*found;
  if (view.value_type().schema().find_key(name) != nullptr) {
    return reader.refuse(ErrorCode::refused, "the attribute " + std::string(name) + " is read-only",
                         hint_of_setters(view));
  }
  std::vector<std::string_view> known;
  for (const Setter& setter : view.setters) known.emplace_back(setter.field->data_key);
  return reader.refuse(ErrorCode::invalid_argument, "unknown attribute", codec::suggest(name, known));
}

bool is_text(const Type& type) {
  if (type.kind() == Kind::optional) return is_text(type.element());
  return type.kind() == Kind::string || type.kind() == Kind::enumeration || type.kind() == Kind::timestamp;
}

/// A literal that JSON reads as one number or word; anything else is taken for text.
bool is_literal(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
  });
}

}  // namespace

std::string Patch::path_of(const Setter& setter) { return "$" + member_step(setter.field->data_key); }

AnyObject Patch::applied_to(AnyObject row) const {
  for (const auto& [setter, value] : items) {
    setter->field->type->assign(static_cast<std::byte*>(row.get()) + setter->field->offset, value.get());
  }
  return row;
}

Result<Patch> read_patch(const ViewPort& view, std::string_view body) {
  Patch patch;
  JsonReader reader(body);
  if (auto begun = reader.expect(JsonToken::begin_object); !begun) return fail(std::move(begun.error()));
  while (reader.next() == JsonToken::name) {
    const auto setter = setter_of(view, reader.text(), reader);
    if (!setter) return fail(setter.error());
    if (std::ranges::any_of(patch.items, [&](const Patch::Item& item) { return item.setter == *setter; })) {
      return reader.refuse(ErrorCode::invalid_argument, "the attribute stands here twice");
    }
    const Field& field = *(*setter)->field;
    AnyObject value(*field.type);
    reader.next();
    if (auto read = codec::decode_json(*field.type, value.get(), reader); !read) return fail(std::move(read.error()));
    if (auto checked = check_field(field, value.get()); !checked) {
      checked.error().path = reader.path();
      return fail(std::move(checked.error()));
    }
    patch.items.push_back({*setter, std::move(value)});
  }
  if (reader.token() != JsonToken::end_object) return reader.wrong("the name of an attribute");
  if (auto ended = reader.expect(JsonToken::end); !ended) return fail(std::move(ended.error()));
  return patch;
}

Result<AnyObject> read_query_params(const Type& params, std::string_view query) {
  // The parameters become the JSON that a client would have posted, so that both are checked alike.
  std::string json = "{";
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = net::percent_decode(pair.substr(0, equals), /*plus_is_space=*/true);
    const auto value = net::percent_decode(pair.substr(std::min(equals + 1, pair.size())), /*plus_is_space=*/true);
    if (!name || !value) return fail(ErrorCode::invalid_argument, "the query string is ill encoded", std::string(pair));
    if (json.size() > 1) json += ',';
    codec::append_json_name(json, *name);
    const Field* field = params.schema().find_key(*name);
    const bool literal = field != nullptr && !is_text(*field->type) && is_literal(*value);
    literal ? void(json += *value) : codec::append_json_string(json, *value);
  }
  json += '}';
  AnyObject object(params);
  if (auto read = codec::decode_json(params, object.get(), json); !read) {
    read.error().detail.clear();  // it tells of bytes of a text that nobody has seen
    return fail(std::move(read.error()));
  }
  return object;
}

Result<std::string> json_of(const AnyObject& row) {
  std::string json;
  auto encoded = codec::encode_json(row.type(), row.get(), json);
  if (!encoded) return fail(std::move(encoded.error()));
  return json;
}

}  // namespace freshet::service
