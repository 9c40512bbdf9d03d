// SPDX-License-Identifier: MIT
#include "freshet/net/client/problem.hpp"

#include <string>

#include "freshet/codec/json.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/net/http.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kTextBytesMax = 500;

struct Problem {
  std::string primary, title, detail, hint, path;
};
constexpr auto describe(of<Problem>) {
  return model("problem", field<&Problem::primary>(optional), field<&Problem::title>(optional),
               field<&Problem::detail>(optional), field<&Problem::hint>(optional), field<&Problem::path>(optional));
}

std::string one_line(std::string_view text) {
  std::string line;
  codec::append_as_utf8(line, text.substr(0, kTextBytesMax));
  for (char& c : line) c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return line;
}

}  // namespace

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::forbidden;
    case 404:
    case 410:
      return ErrorCode::not_found;
    case 409:
    case 412:
      return ErrorCode::conflict;
    case 413:
    case 414:
    case 431:
      return ErrorCode::too_large;
    case 422:
      return ErrorCode::refused;
    case 429:
      return ErrorCode::limit_exceeded;
    default:
      return status == 408 || status >= 500 ? ErrorCode::unavailable : ErrorCode::invalid_argument;
  }
}

Error problem_of(int status, std::string_view body) {
  Error error{.code = code_of_status(status),
              .primary = "the server answered with status " + std::to_string(status) + " " +
                         std::string(reason_phrase(status))};
  const auto problem = from_json<Problem>(body, {.limits = {}, .ignore_unknown_fields = true});
  if (!problem) return error;
  const std::string& said = problem->primary.empty() ? problem->title : problem->primary;
  if (!said.empty()) error.primary += ": " + one_line(said);
  error.detail = one_line(problem->detail);
  error.hint = one_line(problem->hint);
  error.path = one_line(problem->path);
  return error;
}

}  // namespace freshet::net
