// SPDX-License-Identifier: MIT
#include "freshet/codec/testing/json_properties.hpp"

#include <string>

#include <boost/json/src.hpp>

#include "freshet/base/assert.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/codec/apply_json.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/testing/everything.hpp"
#include "freshet/model/testing/models.hpp"
#include "freshet/model/validate.hpp"

namespace freshet::codec::testing {
namespace {

bool is_accepted(std::string_view text) {
  JsonReader reader(text);
  while (reader.next() != JsonToken::end) {
    if (reader.token() == JsonToken::error) return false;
  }
  return true;
}

// Boost.JSON says what JSON is. It puts numbers together while it reads and refuses exponents that an int cannot hold,
// which the reader leaves to whoever asks for the number.
bool agrees_with_reference(std::string_view text, bool accepted) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kNestingDepthMax;
  (void)boost::json::parse({text.data(), text.size()}, error, {}, options);
  return accepted == !error || (accepted && error == boost::json::error::exponent_overflow);
}

template <class T> void check_round_trip(const T& object) {
  const auto json = to_json(object);
  FRESHET_ASSERT(json.has_value());
  FRESHET_ASSERT(is_accepted(*json));
  FRESHET_ASSERT(agrees_with_reference(*json, true));
  const auto again = from_json<T>(*json);
  FRESHET_ASSERT(again.has_value());
  FRESHET_ASSERT(equal(*again, object));
  FRESHET_ASSERT(to_json(*again).value() == *json);
}

// What a store keeps of an object is the object, unless it nests too deeply to be written.
template <class T> void check_stored(const T& object) {
  std::string json;
  if (const auto written = encode_json(type_of<T>(), &object, json, JsonForm::stored); !written) {
    FRESHET_ASSERT(written.error().code == ErrorCode::too_large);
    return;
  }
  T again{};
  FRESHET_ASSERT(decode_json(type_of<T>(), &again, json, {.limits = {}, .form = JsonForm::stored}).has_value());
  FRESHET_ASSERT(equal(again, object));
}

// All or nothing.
template <class T> void check_partial_update(std::string_view text) {
  const T before{};
  T object = before;
  const auto named = freshet::apply_json(object, text);
  if (named) return;
  FRESHET_ASSERT(!named.error().primary.empty());
  FRESHET_ASSERT(equal(object, before));
}

template <class T> void check_typed(std::string_view text, bool accepted) {
  const auto lenient = from_json<T>(text, {.limits = {}, .ignore_unknown_fields = true});
  const auto decoded = from_json<T>(text);
  if (!decoded) {
    FRESHET_ASSERT(!decoded.error().primary.empty());
    FRESHET_ASSERT(decoded.error().path.starts_with('$'));
  } else {
    FRESHET_ASSERT(lenient.has_value());
  }
  if (!lenient) return;
  FRESHET_ASSERT(accepted);
  FRESHET_ASSERT(validate(*lenient).has_value());
  check_round_trip(*lenient);
  check_stored(*lenient);
}

}  // namespace

void check_json_properties(std::string_view text) {
  const bool accepted = is_accepted(text);
  FRESHET_ASSERT(agrees_with_reference(text, accepted));
  check_typed<Value>(text, accepted);
  check_typed<Everything>(text, accepted);
  check_typed<samples::listed::Post>(text, accepted);
  check_typed<samples::recorded::Article>(text, accepted);
  check_typed<Poly<samples::listed::City>>(text, accepted);
  check_typed<samples::recorded::Atlas>(text, accepted);
  check_partial_update<samples::listed::User>(text);
  check_partial_update<samples::recorded::Post>(text);
  if (accepted && !from_json<Value>(text)) {
    const Error error = from_json<Value>(text).error();
    FRESHET_ASSERT(error.code == ErrorCode::out_of_range || error.primary == "name is there twice");
  }
}

}  // namespace freshet::codec::testing
