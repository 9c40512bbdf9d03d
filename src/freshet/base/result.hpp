// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace freshet {

/// What kind of failure an Error is; what a caller may decide by. HTTP statuses follow from it.
enum class ErrorCode : std::uint8_t {
  invalid_argument,  ///< The input is malformed or fails a check.
  not_found,         ///< What the input names does not exist.
  already_exists,    ///< What should be made is there already.
  out_of_range,      ///< A well-formed value lies outside of what its place can hold.
  too_large,         ///< The input is longer or deeper than a limit allows.
  limit_exceeded,    ///< A count or rate limit is reached; later it may work.
  forbidden,         ///< The one who asks may not do that.
  refused,           ///< A check or a strict view refuses what was to be written.
  conflict,          ///< Somebody else was there first; read again and retry.
  unavailable,       ///< A resource of the system (a port, a file, a peer) is not to be had.
  internal,          ///< A fault in the program itself.
};

/// The name of a code as written in its declaration: "not_found".
std::string_view to_string(ErrorCode code);

/// An expected failure, told so that its reader can act on it.
///
/// `primary` is one sentence fragment without a full stop; `detail` adds facts; `hint` says what to do about it; `path`
/// is the place in the input, `$.limits[2].low`, where there is one.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string primary{};
  std::string detail{};
  std::string hint{};
  std::string path{};

  friend bool operator==(const Error&, const Error&) = default;
};

/// The whole error on one line: `$.limits[2].low: expected a number (got "x"); hint: ...`.
std::string to_string(const Error& error);

/// A value, or the reason why there is none.
///
/// Example: src/freshet/base/result.test.cpp [result]
template <class T> using Result = tl::expected<T, Error>;

/// Makes the failed state of any Result: `return fail(ErrorCode::not_found, "no such input", name);`.
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, std::string primary, std::string detail = {},
                                         std::string hint = {});

/// Passes an error on: `return fail(std::move(result.error()));`.
[[nodiscard]] tl::unexpected<Error> fail(Error error);

/// Carries an Error where only an exception can: out of user callbacks and out of declarations.
class Failure : public std::runtime_error {
 public:
  explicit Failure(Error error);
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

}  // namespace freshet
