// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::mediators {

/// Runs a transaction that writes and waits for its end. Conflicts are retried, a bounded number of times.
/// Errors: those of the body and of the store. Requires: not called on a thread of the store's own.
Result<void> write_and_wait(store::Backend& backend, const store::TransactionBody& body);
/// The same for one that only reads.
Result<void> read_and_wait(store::Backend& backend, const store::TransactionBody& body);

}  // namespace freshet::mediators
