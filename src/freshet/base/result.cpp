// SPDX-License-Identifier: MIT
#include "freshet/base/result.hpp"

namespace freshet {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::out_of_range:
      return "out_of_range";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::limit_exceeded:
      return "limit_exceeded";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::internal:
      return "internal";
  }
  return "unknown";
}

std::string to_string(const Error& error) {
  std::string text;
  if (!error.path.empty()) text += error.path + ": ";
  text += error.primary;
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  if (!error.hint.empty()) text += "; hint: " + error.hint;
  return text;
}

tl::unexpected<Error> fail(ErrorCode code, std::string primary, std::string detail, std::string hint) {
  return fail(Error{code, std::move(primary), std::move(detail), std::move(hint), {}});
}

tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

Failure::Failure(Error error) : std::runtime_error(to_string(error)), error_(std::move(error)) {}

}  // namespace freshet
