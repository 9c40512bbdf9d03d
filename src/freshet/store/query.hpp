// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/cell.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal, in, contains };

/// One condition on a column. A null cell fulfils `equal` to null and `not_equal` to anything else, and no other.
///
/// Operands are of the column's kind; only `equal` and `not_equal` take a null. A JSON column can be compared with null
/// and, if it is a list, asked whether it `contains` an operand of its elements' kind.
struct Condition {
  /// A column's place, or Table::kId.
  std::size_t column = 0;
  Comparison comparison = Comparison::equal;
  /// One operand; any number of them for `in`, which nothing fulfils if there is none.
  Cells operands{};
};

struct Order {
  /// A column's place (not of a JSON column), or Table::kId.
  std::size_t column = 0;
  bool descending = false;
};

/// A position in an ordered result: the ordering cells and the key of a row; a shorter list of cells without a key
/// means all rows that begin like it.
struct Cursor {
  /// At most one for each Order, of its column's kind or null.
  Cells cells{};
  /// Breaks ties. Requires: then there is a cell for each Order.
  std::optional<Key> key{};
  /// Whether the row at the position itself belongs to the result.
  bool inclusive = true;
};

/// Which rows of one table are wanted, in which order. All conditions must hold.
///
/// Results are ordered by `orders`, then by parent and id, ascending; nulls come first (last when descending). Text
/// compares by bytes, false comes before true.
struct Query {
  static constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);
  /// Operands of one `in`.
  static constexpr std::size_t kOperandsMax = 100'000;

  const Table* table = nullptr;
  /// The path of the document that the collection lies in; empty for a root collection. Unset: in whatever document
  /// (a collection group).
  std::optional<std::string> parent = std::string();
  /// Which variants; empty means all.
  std::vector<std::string> obj_types{};
  std::vector<Condition> conditions{};
  std::vector<Order> orders{};
  std::optional<Cursor> start{};
  std::optional<Cursor> end{};
  std::size_t offset = 0;
  std::size_t limit = kNoLimit;
};

/// Whether the query's operands fit its columns. Errors: invalid_argument, naming the column.
Result<void> check(const Query& query);

/// Tells which rows fulfil the conditions of a query, leaving order, cursors, offset and limit aside.
///
/// Requires: check(query). Cost: O(conditions x log operands) for a row.
class Matcher {
 public:
  explicit Matcher(Query query);

  const Query& query() const { return query_; }
  bool operator()(const Row& row) const;

 private:
  Query query_;  // the operands of each `in` sorted
};

/// The same for a single row.
bool matches(const Query& query, const Row& row);

/// Puts rows in the query's order and applies cursors, offset and limit: a whole query over rows that match.
std::vector<const Row*> arrange(const Query& query, std::vector<const Row*> rows);

}  // namespace freshet::store
