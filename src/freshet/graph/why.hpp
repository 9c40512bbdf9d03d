// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/error_events.hpp"
#include "freshet/graph/stats.hpp"

namespace freshet {

namespace detail {
class Core;
class NodeBase;
}  // namespace detail

/// How far Graph::why() goes. What is beyond is counted in `left_out`.
struct WhyOptions {
  std::size_t depth_max = 24;          ///< steps from the view towards the inputs
  std::size_t breadth_max = 20;        ///< rows that one row came from, and reads of it, each
  std::size_t rows_max = 500;          ///< in all
  std::size_t value_bytes_max = 4096;  ///< a value whose JSON is longer is left out
  /// An incremental reducer does not know which rows are in its sum: its source is looked through. So many rows at most
  /// in all; where more would be needed, the origins are left out.
  std::size_t scanned_rows_max = 2'000'000;
};

/// One key of another collection that a row's mapper read.
struct ProvenanceRead {
  std::uint32_t node{};
  std::string view;
  std::optional<std::string> key;  ///< as people read it; none: all of the collection was read
  std::size_t row_count{};         ///< that the key has; of all, where all was read
  std::vector<std::size_t> rows;   ///< as places in Provenance::rows; none where all was read
};

/// One row on the way from a view to the inputs.
struct ProvenanceRow {
  std::uint32_t node{};
  std::string view;
  std::string kind;                     ///< of the view: "input", "map"
  std::string key;                      ///< as people read it
  std::optional<std::string> key_json;  ///< none if the type of the key is not described
  std::optional<std::string> value;     ///< as JSON; none if its type is not described, or it is too long
  std::vector<std::size_t> from;        ///< the rows that it was computed from, as places in Provenance::rows
  std::vector<ProvenanceRead> reads;    ///< what its mapper read beside them
  std::size_t left_out = 0;             ///< origins and reads that are not shown
  bool cut = false;                     ///< origins were not looked for: too deep, or too many rows to look through
};

/// Where the rows under one key of a view came from; see Graph::why().
///
/// Each row is there once, also if several came from it.
/// Example: why.test.cpp [why]
struct Provenance {
  Version version{};
  std::uint32_t node{};
  std::string view;
  std::string key;
  std::size_t root_count{};        ///< so many at the front of `rows` are the view's own, under the key
  std::size_t left_out{};          ///< rows under the key that are not shown
  std::vector<ErrorEvent> errors;  ///< that stand for a key of this text, in the view or above it
  std::vector<ProvenanceRow> rows;

  /// Whether anything is not shown.
  bool cut() const;
  /// A tree from the view's rows down to those of the inputs. UTF-8.
  std::string to_text() const;
  std::string to_json() const;
};

namespace detail {

Provenance provenance_of(const NodeBase& node, const void* key, const WhyOptions& options);
Result<Provenance> provenance_of(const Core& core, std::string_view view, std::string_view key,
                                 const WhyOptions& options);

}  // namespace detail
}  // namespace freshet
