// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/models.hpp"
#include "freshet/store/query.hpp"

namespace freshet {

/// Limits of what one computation of a Once may read.
struct OnceOptions {
  std::size_t documents_max = 10'000;
  /// How deep references may lead.
  std::size_t rounds_max = 32;
};

}  // namespace freshet

namespace freshet::store {

/// Collections of a graph that hold just the documents that some rows of a view need.
class OnceModels final : public Models {
 public:
  OnceModels(Graph& graph, OnceOptions options) : Models(graph), options_(options) {}

  Result<void> load_keys(BackendTransaction& transaction, const detail::NodeBase& view,
                         const std::vector<std::string>& keys);
  Result<void> load_query(BackendTransaction& transaction, const detail::NodeBase& view, const Query& query);

 private:
  /// What is known of one input's documents: by their names in the collection.
  struct Names {
    std::set<std::string> asked;
    std::set<std::string> wanted;
  };

  void admit(const Table&) const override {}
  /// The input that the rows of a node come from, one by one.
  Result<std::size_t> source_of(const detail::NodeBase& node) const;
  Result<void> begin(const detail::NodeBase& view);
  Result<void> load_wanted(BackendTransaction& transaction, const detail::NodeBase& view);
  Result<void> read_wanted(BackendTransaction& transaction);
  Result<void> add(std::size_t input, const Row& row, Transaction& writes);
  Result<void> commit(Transaction writes);
  /// Adds what the mappers have read and nobody has asked the store for; whether there was any.
  Result<bool> find_wanted(const detail::NodeBase& view);

  const OnceOptions options_;
  std::vector<Names> names_;  // as inputs_
  std::size_t source_ = 0;
  std::size_t documents_ = 0;
};

}  // namespace freshet::store
