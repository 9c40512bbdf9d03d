// SPDX-License-Identifier: MIT
#include "freshet/net/testing/http_properties.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/http_head.hpp"
#include "freshet/net/internal/request_parser.hpp"

namespace freshet::net::testing {
namespace {

constexpr RequestLimits kLimits{{256, 1024, 16}, 128};

struct Outcome {
  RequestParser::State state = RequestParser::State::head;
  int status = 0;
  std::size_t taken = 0;
  std::string text;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string text_of(const Request& request) {
  std::string text = std::string(to_string(request.method)) + ' ' + request.path + '?' + request.query + '\n';
  for (const Header& field : request.headers) text += field.name + ':' + field.value + '\n';
  return text + request.body;
}

// Parses one request from bytes that arrive in portions of up to `size`.
Outcome parse(std::string_view bytes, std::size_t size) {
  RequestParser parser(kLimits);
  Outcome outcome;
  for (std::size_t arrived = 0; arrived < bytes.size();) {
    arrived = std::min(bytes.size(), arrived + size);
    while (true) {
      const std::string_view waiting = bytes.substr(outcome.taken, arrived - outcome.taken);
      const std::size_t taken = parser.feed(waiting);
      FRESHET_ASSERT(taken <= waiting.size());
      if (taken == 0) break;
      outcome.taken += taken;
    }
  }
  outcome.state = parser.state();
  if (outcome.state == RequestParser::State::failed) outcome.status = parser.fault().status;
  if (outcome.state != RequestParser::State::complete) {
    // How much of an unfinished or failed body was taken depends on the portions.
    outcome.taken = 0;
    return outcome;
  }
  FRESHET_ASSERT(parser.request().body.size() <= kLimits.body_bytes_max);
  outcome.text = text_of(parser.request());
  return outcome;
}

void check_accepted(std::string_view bytes, const HeadFacts& facts) {
  FRESHET_ASSERT(facts.head_bytes <= bytes.size());
  const std::string_view head = bytes.substr(0, facts.head_bytes);
  FRESHET_ASSERT(head.ends_with("\r\n\r\n"));
  for (std::size_t at = 0; at < head.size(); ++at) {
    FRESHET_ASSERT((head[at] == '\n') == (at > 0 && head[at - 1] == '\r'));
    FRESHET_ASSERT(head[at] != '\0');
  }
  FRESHET_ASSERT(!(facts.chunked && facts.content_length.has_value()));
}

}  // namespace

void check_http_properties(std::string_view bytes) {
  const HeadCheck whole = check_http_head(bytes, kLimits.head);
  HeadScanner scanner(kLimits.head);
  for (std::size_t size = 1; size <= bytes.size(); ++size) scanner.scan(bytes.substr(0, size));
  FRESHET_ASSERT(scanner.scan(bytes) == whole.state);
  if (whole.state == HeadScanner::State::done) {
    FRESHET_ASSERT(scanner.facts().head_bytes == whole.facts.head_bytes);
    check_accepted(bytes, whole.facts);
  }
  if (whole.state == HeadScanner::State::failed) {
    FRESHET_ASSERT(scanner.fault().status == whole.fault.status);
    FRESHET_ASSERT(whole.fault.status >= 400);
  }
  const Outcome at_once = parse(bytes, bytes.size());
  for (const std::size_t size : {1, 2, 7}) FRESHET_ASSERT(parse(bytes, size) == at_once);
}

}  // namespace freshet::net::testing
