// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/store/cell.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/table.hpp"

namespace freshet {

/// Counts the writes of one document, from 1. A document that is deleted and made again goes on counting.
using Revision = std::int64_t;

}  // namespace freshet

namespace freshet::store {

/// Names a document within its table.
struct Key {
  /// The path of the document that its collection lies in; empty for a root collection.
  std::string parent{};
  std::string id{};

  friend auto operator<=>(const Key&, const Key&) = default;
};

/// A document as a store keeps it.
struct Row {
  Key key{};
  std::string obj_type{};
  Revision revision = 0;
  Timestamp created_at{};
  /// Grows with each write of the document by a microsecond at least, so that it names a version as well.
  Timestamp updated_at{};
  /// In the order of the table's columns.
  Cells cells{};
};

/// What must hold of the stored document for a write to happen.
struct Precondition {
  std::optional<bool> exists{};
  std::optional<Revision> revision{};
  std::optional<Timestamp> updated_at{};
};

/// All of them but remove: already_exists where a unique index has an equal entry (entries with a null are never
/// equal).
enum class WriteKind : std::uint8_t {
  create,  ///< Errors: already_exists.
  set,     ///< Replaces or creates.
  update,  ///< Changes the cells named by `columns`; obj_type stays. Errors: not_found.
  remove,  ///< Nothing happens if it is not there, unless a precondition says otherwise.
};

/// One write. Errors of preconditions: exists=true not_found, exists=false already_exists, else conflict; all name the
/// document.
struct Write {
  WriteKind kind = WriteKind::set;
  const Table* table = nullptr;
  Key key{};
  std::string obj_type{};
  Cells cells{};
  /// For an update: the columns that change; other cells are ignored.
  std::vector<std::size_t> columns{};
  Precondition precondition{};
};

}  // namespace freshet::store
