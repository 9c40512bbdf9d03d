// SPDX-License-Identifier: MIT
#include "freshet/codec/apply_json.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/internal/decoder.hpp"
#include "freshet/model/any_object.hpp"

namespace freshet::codec {
namespace {

bool may_change(const Field& field, const ApplyOptions& options) {
  return !options.only || std::ranges::find(*options.only, field.name) != options.only->end();
}

Result<void> check_change(const Field& field, const void* before, const void* after, const ApplyOptions& options) {
  if (field.is_key && !field.type->equal(field.in(before), field.in(after))) {
    return fail(ErrorCode::invalid_argument, "field cannot be changed", {},
                "it is the key, which says what row this is");
  }
  if (!field.is_key && !may_change(field, options)) {
    return fail(ErrorCode::refused, "field may not be changed here");
  }
  return {};
}

// Members that were there, each looked at before any setter of the program runs.
Result<std::vector<const Field*>> check_changes(const Members& members, const void* before, const void* after,
                                                const JsonReader& reader, const ApplyOptions& options) {
  std::vector<const Field*> named;
  for (std::size_t i = 0; i < members.schema.fields.size(); ++i) {
    const Field& field = members.schema.fields[i];
    if (!members.seen.has(i)) continue;
    if (auto ok = check_change(field, before, after, options); !ok) {
      ok.error().path = reader.member_path(field.data_key);
      return fail(std::move(ok.error()));
    }
    named.push_back(&field);
  }
  return named;
}

// Applies the text to a copy, and only when all went well, the document's end included, to the object.
Result<std::vector<const Field*>> apply(const Type& type, void* object, JsonReader& reader, const ApplyOptions& options,
                                        bool is_whole_text) {
  if (type.kind() == Kind::poly) {
    return apply(type.poly_type(object), type.poly_get(object), reader, options, is_whole_text);
  }
  if (type.kind() != Kind::record || type.schema().is_unwrapped()) {
    return fail(ErrorCode::invalid_argument, "only an object with members can be changed in part", type.name());
  }
  AnyObject changed(type);
  type.assign(changed.get(), object);
  Decoder decoder(reader, options.decode);
  Members members(type.schema());
  if (auto ok = decoder.read_members(members, changed.get()); !ok) return fail(std::move(ok.error()));
  auto named = check_changes(members, object, changed.get(), reader, options);
  if (!named) return named;
  if (auto ok = decoder.finish(members, changed.get()); !ok) return fail(std::move(ok.error()));
  if (is_whole_text) {
    if (auto end = reader.expect(JsonToken::end); !end) return fail(std::move(end.error()));
  }
  type.assign(object, changed.get());
  return named;
}

}  // namespace

Result<std::vector<const Field*>> apply_json(const Type& type, void* object, JsonReader& reader,
                                             const ApplyOptions& options) {
  return apply(type, object, reader, options, false);
}

Result<std::vector<const Field*>> apply_json(const Type& type, void* object, std::string_view text,
                                             const ApplyOptions& options) {
  JsonReader reader(text, options.decode.limits);
  reader.next();
  return apply(type, object, reader, options, true);
}

}  // namespace freshet::codec
