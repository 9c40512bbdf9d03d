// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/row.hpp"

namespace freshet::store {

/// The path of a document: "users/tijuana", "users/tijuana/sessions/meeting_1".
std::string path_of(const Table& table, const Key& key);

/// Whether a write is well formed: an id and a parent that can be, cells that fit their columns, no more than
/// `document_bytes_max` of text. Errors: invalid_argument or too_large, naming document and column.
Result<void> check(const Write& write, Bytes document_bytes_max);

/// What a write comes to.
struct Outcome {
  /// Unset: it changes nothing, nothing is to be written, and it is no change.
  std::optional<ChangeKind> change{};
  /// The document as it is afterwards; empty if it is not there then.
  std::optional<Row> after{};
};

/// Decides a write by the document as it is: preconditions, revision, times. The one place that knows these rules, for
/// all backends.
///
/// `last_revision` is the last revision of a document that was removed, 0 if there never was one; `now` the time of the
/// transaction. Requires: check(write).
/// Errors: those of Write.
Result<Outcome> outcome_of(const Write& write, const std::optional<Row>& before, Revision last_revision, Timestamp now);

}  // namespace freshet::store
