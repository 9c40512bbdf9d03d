// SPDX-License-Identifier: MIT
#include "freshet/base/result.hpp"

#include <charconv>

#include <gtest/gtest.h>

namespace freshet {
namespace {

// [result]
Result<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid_argument, "expected a port number", "got \"" + std::string(text) + "\"");
  }
  if (port < 0 || port > 65535) {
    return fail(ErrorCode::out_of_range, "a port lies between 0 and 65535", {}, "0 takes a free one");
  }
  return port;
}
// [result]

Result<void> pass_on(std::string_view text) {
  auto port = parse_port(text);
  if (!port) return fail(std::move(port.error()));
  return {};
}

TEST(Result, holds_the_value_of_a_success) { EXPECT_EQ(parse_port("8080").value(), 8080); }

TEST(Result, tells_what_failed_and_what_to_do) {
  EXPECT_EQ(to_string(parse_port("http").error()), "expected a port number (got \"http\")");
  EXPECT_EQ(to_string(parse_port("70000").error()), "a port lies between 0 and 65535; hint: 0 takes a free one");
  EXPECT_EQ(parse_port("70000").error().code, ErrorCode::out_of_range);
}

TEST(Result, passes_an_error_on_unchanged) {
  EXPECT_EQ(pass_on("x").error(), parse_port("x").error());
  EXPECT_TRUE(pass_on("1").has_value());
}

TEST(Error, names_its_path_first) {
  const Error error{ErrorCode::invalid_argument, "expected a number", {}, {}, "$.limits[2].low"};
  EXPECT_EQ(to_string(error), "$.limits[2].low: expected a number");
}

TEST(ErrorCode, has_a_name_for_each_code) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    EXPECT_NE(to_string(static_cast<ErrorCode>(code)), "unknown");
  }
  EXPECT_EQ(to_string(ErrorCode::limit_exceeded), "limit_exceeded");
}

TEST(Failure, carries_the_error_through_a_throw) {
  const Error error{ErrorCode::refused, "no", "detail", "hint", "$"};
  try {
    throw Failure(error);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error(), error);
    EXPECT_EQ(std::string(failure.what()), to_string(error));
  }
}

}  // namespace
}  // namespace freshet
