// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/detail/once_models.hpp"
#include "freshet/store/models.hpp"
#include "freshet/store/query.hpp"

namespace freshet {

/// A view over a store's models as a function of these: what LiveStore keeps live and Once computes once.
template <class Value> using ViewOfModels = std::function<Collection<std::string, Value>(Models&)>;

/// Computes rows of a view from the documents that they need, and keeps nothing: for stores that are not live, for rows
/// that hardly anybody looks at, and for what must be exact within a transaction.
///
/// The documents are read breadth-first: those of all wanted rows in one query per model, then those that the mappers
/// were found to read, again in one query per model, until nothing is missing. So the number of queries grows with the
/// depth of the references, never with the number of rows. All are read in the one transaction that is passed.
///
/// Requires: the view is made of map() and filter() over one collection; what its mappers read, they read by key, from
/// collections or from such views. Others are refused with `invalid_argument`: their rows do not say what they need.
/// Thread safety: may be used from several threads if the function that declares the view may.
/// Example: src/freshet/store/once.test.cpp [once]
template <class Value> class Once {
 public:
  using Rows = std::vector<std::pair<std::string, Value>>;

  explicit Once(ViewOfModels<Value> view, OnceOptions options = {}) : view_(std::move(view)), options_(options) {}

  /// The row of one key; nothing if there is none. Errors: those of the store; what the mapper says where it fails;
  /// limit_exceeded.
  Result<std::optional<Value>> get(store::BackendTransaction& transaction, const std::string& key) const {
    auto rows = get_many(transaction, {key});
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) return std::nullopt;
    return std::move(rows->front().second);
  }
  /// The rows of these keys, in key order, without those that are not there.
  Result<Rows> get_many(store::BackendTransaction& transaction, const std::vector<std::string>& keys) const {
    return compute([&](store::OnceModels& models, const detail::NodeBase& view) {
      return models.load_keys(transaction, view, keys);
    });
  }
  /// The rows of those documents of the view's source that the query gives. Its table and parent are the source's.
  Result<Rows> query(store::BackendTransaction& transaction, const store::Query& query) const {
    return compute([&](store::OnceModels& models, const detail::NodeBase& view) {
      return models.load_query(transaction, view, query);
    });
  }

 private:
  template <class Load> Result<Rows> compute(Load load) const {
    Graph graph({.check_invariants = false});
    store::OnceModels models(graph, options_);
    const Collection<std::string, Value> view = view_(models);
    if (auto loaded = load(models, view.node()); !loaded) return fail(std::move(loaded.error()));
    if (const auto errors = view.standing_errors(); !errors.empty()) {
      return fail(ErrorCode::internal, errors.front().message, errors.front().node + ", key " + errors.front().key);
    }
    Rows rows;
    view.for_each([&](const std::string& key, const Values<Value>& values) { rows.emplace_back(key, values.front()); });
    return rows;
  }

  ViewOfModels<Value> view_;
  OnceOptions options_;
};

}  // namespace freshet
