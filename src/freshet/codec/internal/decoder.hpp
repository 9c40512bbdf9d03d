// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type.hpp"
#include "freshet/model/value.hpp"

namespace freshet::codec {

/// The members of one object that were there already.
class SeenFields {
 public:
  explicit SeenFields(std::size_t count) : more_(count > kInline ? count - kInline : 0) {}

  bool has(std::size_t index) const { return index < kInline ? (first_ >> index & 1U) != 0 : more_[index - kInline]; }
  void add(std::size_t index) {
    if (index < kInline) {
      first_ |= std::uint64_t{1} << index;
    } else {
      more_[index - kInline] = true;
    }
  }

 private:
  static constexpr std::size_t kInline = 64;
  std::uint64_t first_ = 0;
  std::vector<bool> more_;
};

/// What one object has beyond plain members; most have nothing.
struct Extras {
  bool has_obj_type = false;
  /// Values for setters, which run when all members are there.
  std::vector<std::pair<const Field*, AnyObject>> computed{};
  /// Members that the schema does not name and keeps.
  Value::Object rest{};
};

/// What has been read of one record so far.
struct Members {
  explicit Members(const Schema& of) : schema(of), seen(of.fields.size()) {}

  Extras& more() {
    if (extras == nullptr) extras = std::make_unique<Extras>();
    return *extras;
  }

  const Schema& schema;
  SeenFields seen;
  /// The field after the last one: most texts have the order of the schema, so the first comparison finds the field.
  std::size_t expected = 0;
  std::unique_ptr<Extras> extras{};
};

/// Reads one value from where the reader stands. Recurses as deep as the text nests, which the reader limits.
class Decoder {
 public:
  Decoder(JsonReader& reader, const DecodeOptions& options)
      : reader_(reader), options_(options), is_stored_(options.form == JsonForm::stored) {}

  Result<void> read(const Type& type, void* object);

  /// Reads the members of the object that begins with the current token, each into its place, and remembers which.
  Result<void> read_members(Members& members, void* object);
  /// Keeps unknown members and runs the setters of what was read, in the schema's order.
  Result<void> finish(Members& members, void* object);

 private:
  Result<void> read_bool(const Type& type, void* object);
  Result<void> read_integer(const Type& type, void* object);
  Result<void> read_real(const Type& type, void* object);
  Result<void> read_string(const Type& type, void* object);
  Result<void> read_reference(const Type& type, void* object);
  Result<void> read_timestamp(const Type& type, void* object);
  Result<void> read_enum(const Type& type, void* object);
  Result<void> read_optional(const Type& type, void* object);
  Result<void> read_list(const Type& type, void* object);
  Result<void> read_set(const Type& type, void* object);
  Result<void> read_map(const Type& type, void* object);

  Result<void> read_record(const Schema& schema, void* object);
  Result<void> read_unwrapped(const Schema& schema, void* object);
  Result<void> read_poly(const Type& type, void* object);
  Result<void> read_member(Members& members, void* object);
  Result<void> read_computed(const Field& field, Members& members);
  Result<void> read_unknown(Members& members);
  Result<void> read_obj_type(Members& members);
  Result<void> refuse_unknown(const Schema& schema);
  Result<void> pass_over();
  Result<void> check(const Field& field, const void* value);
  Result<void> fill_missing(Members& members, void* object);
  bool is_named(const Field& field, std::string_view name) const {
    return (is_stored_ ? field.name : field.data_key) == name;
  }
  std::string_view obj_type_key(const Schema& schema) const;

  Result<void> read_value(Value& value);
  Result<void> read_value_number(Value& value);
  Result<void> read_value_list(Value& value);
  Result<void> read_value_object(Value& value);

  JsonReader& reader_;
  const DecodeOptions& options_;
  const bool is_stored_;
};

/// The member that says the class of an object in that form; empty if there is none.
std::string_view obj_type_key_of(const Schema& schema, JsonForm form);

/// What the field that keeps unknown members holds; null if it holds nothing.
const Value::Object* rest_of(const Schema& schema, const void* object);

}  // namespace freshet::codec
