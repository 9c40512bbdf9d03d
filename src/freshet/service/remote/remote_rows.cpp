// SPDX-License-Identifier: MIT
#include "freshet/service/remote/remote_rows.hpp"

#include <limits>

#include "freshet/codec/json_reader.hpp"

namespace freshet::remote {
namespace {

// What waits is read again for each attempt: while it is more than that, what comes only joins it.
constexpr Bytes kEagerBytesMax = kib(256);

}  // namespace

void RemoteRows::forget() {
  waiting_.clear();
  waiting_bytes_ = 0;
}

Result<void> RemoteRows::read(std::string_view json, bool as_all) {
  // A row that is taken away and written again in one transaction is a difference, or none.
  if (as_all) erase_all(transaction_);
  codec::JsonReader reader(json, {.bytes_max = std::numeric_limits<Bytes>::max()});
  const Caller nobody;
  reader.next();
  auto read = port().read_rows(reader, transaction_, {access_, nobody});
  if (read) read = reader.expect(codec::JsonToken::end);
  return read;
}

Result<void> RemoteRows::read_waiting() {
  transaction_.clear();
  for (const Untaken& untaken : waiting_) {
    if (auto done = read(untaken.json, untaken.as_all); !done) return done;
  }
  return {};
}

Result<Version> RemoteRows::take(std::string_view json, bool as_all, Bytes bytes_max) {
  // All rows make up for whatever was left out.
  if (as_all) forget();
  const bool joins = waiting_bytes_ > kEagerBytesMax;
  auto done = joins ? Result<void>() : read_waiting();
  if (done && !joins) done = read(json, as_all);
  if (!done) {
    forget();
    return fail(std::move(done.error()));
  }
  Result<Version> committed = fail(ErrorCode::refused, "more has come than can be tried at once");
  if (!joins) committed = graph().commit(transaction_);
  if (committed) {
    forget();
    return committed;
  }
  waiting_bytes_ += json.size();
  if (waiting_bytes_ > bytes_max) {
    forget();
    return fail(ErrorCode::too_large, "too much waits to be taken", to_string(committed.error()));
  }
  waiting_.push_back({std::string(json), as_all});
  return committed;
}

Result<Version> RemoteRows::retry() {
  if (auto done = read_waiting(); !done) {
    forget();
    return fail(std::move(done.error()));
  }
  auto committed = graph().commit(transaction_);
  if (committed) forget();
  return committed;
}

}  // namespace freshet::remote
