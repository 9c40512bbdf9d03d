// SPDX-License-Identifier: MIT
#include "freshet/stream/snapshot.hpp"

#include "freshet/graph/graph.hpp"

namespace freshet::stream {
namespace {

template <class Write> Snapshot take(const Graph& graph, const Source& source, Write write) {
  Snapshot snapshot;
  snapshot.version = graph.version();
  RowFaults faults;
  RowWriter rows(source.key_type(), source.value_type(), snapshot.rows, faults);
  write(rows);
  rows.finish();
  snapshot.missing_rows = faults.standing().size() + source.standing_errors().size();
  return snapshot;
}

}  // namespace

Snapshot take_snapshot(const Graph& graph, const Source& source) {
  return take(graph, source, [&](RowWriter& rows) { source.write_all(rows); });
}

Snapshot take_row(const Graph& graph, const Source& source, const void* key) {
  return take(graph, source, [&](RowWriter& rows) { source.write_row(key, rows); });
}

}  // namespace freshet::stream
