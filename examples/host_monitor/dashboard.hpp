// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/value.hpp"

/// Rows of all models in one collection, for a page that wants everything at one version over one connection: a browser
/// keeps no more than six to a host.
namespace host_monitor {

/// A row as JSON can say it, under "model:key".
template <class Key, class Row> std::pair<std::string, freshet::Value> panel_of(const Key& key, const Row& row) {
  auto json = freshet::to_json(row);
  if (!json) throw freshet::Failure(json.error());
  return {freshet::schema_of<Row>().name + ':' + freshet::type_of<Key>().key_text(&key),
          *freshet::from_json<freshet::Value>(*json)};
}

template <class Key, class Row>
freshet::Collection<std::string, freshet::Value> panels(const freshet::Collection<Key, Row>& rows) {
  return rows.flat_map(panel_of<Key, Row>);
}

}  // namespace host_monitor
