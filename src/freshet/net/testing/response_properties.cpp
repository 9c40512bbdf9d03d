// SPDX-License-Identifier: MIT
#include "freshet/net/testing/response_properties.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "freshet/base/assert.hpp"
#include "freshet/net/client/internal/response_parser.hpp"
#include "freshet/net/internal/ascii.hpp"

namespace freshet::net::testing {
namespace {

constexpr ResponseLimits kLimits{.head_bytes_max = 256, .header_fields_max = 8, .body_bytes_max = 64};

struct Outcome {
  bool failed = false;
  bool complete = false;
  std::size_t taken = 0;
  std::string text;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome parse(std::string_view bytes, std::size_t size, bool to_head_request) {
  ResponseParser parser(kLimits, to_head_request);
  Outcome outcome;
  std::string body;
  for (std::size_t at = 0; at < bytes.size() && !parser.fault() && !parser.complete(); at += size) {
    const std::string_view portion = bytes.substr(at, size);
    const std::size_t taken = parser.feed(portion, body);
    FRESHET_ASSERT(taken <= portion.size());
    FRESHET_ASSERT(taken == portion.size() || parser.fault() || parser.complete());
    outcome.taken += taken;
  }
  parser.end();
  outcome.failed = parser.fault().has_value();
  outcome.complete = parser.complete();
  FRESHET_ASSERT(outcome.failed != outcome.complete);
  FRESHET_ASSERT(body.size() <= *kLimits.body_bytes_max);
  // How much of a faulty answer was taken, and told, depends on the portions.
  if (outcome.failed) {
    outcome.taken = 0;
    return outcome;
  }
  outcome.text = std::to_string(parser.head().status) + '\n';
  FRESHET_ASSERT(parser.head().status >= 200 && parser.head().status <= 999);
  FRESHET_ASSERT(parser.head().headers.size() <= kLimits.header_fields_max);
  std::size_t lengths = 0;
  for (const Header& field : parser.head().headers) {
    FRESHET_ASSERT(is_token(field.name) && std::none_of(field.value.begin(), field.value.end(), is_control));
    if (equal_ignoring_case(field.name, "content-length")) ++lengths;
    if (equal_ignoring_case(field.name, "transfer-encoding")) ++lengths;
    outcome.text += field.name + ':' + field.value + '\n';
  }
  FRESHET_ASSERT(lengths <= 1);
  outcome.text += body;
  return outcome;
}

}  // namespace

void check_response_properties(std::string_view bytes) {
  for (const bool to_head_request : {false, true}) {
    const Outcome whole = parse(bytes, std::max<std::size_t>(bytes.size(), 1), to_head_request);
    for (const std::size_t size : {1, 2, 7}) FRESHET_ASSERT(parse(bytes, size, to_head_request) == whole);
  }
}

}  // namespace freshet::net::testing
