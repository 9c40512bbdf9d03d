// SPDX-License-Identifier: MIT
#include "freshet/store/backend.hpp"

#include <exception>
#include <utility>

namespace freshet::store {
namespace {

constexpr const char* kRunAgain = "run the transaction again";

}  // namespace

Error lost_race(std::string detail) {
  return {.code = ErrorCode::conflict,
          .primary = "the transaction conflicts with another",
          .detail = std::move(detail),
          .hint = kRunAgain};
}

bool is_lost_race(const Error& error) { return error.code == ErrorCode::conflict && error.hint == kRunAgain; }

Result<void> run_body(const TransactionBody& body, BackendTransaction& transaction) {
  try {
    return body(transaction);
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& exception) {
    return fail(ErrorCode::internal, "a transaction's body threw", exception.what());
  } catch (...) {
    return fail(ErrorCode::internal, "a transaction's body threw", "something that is no std::exception");
  }
}

}  // namespace freshet::store
