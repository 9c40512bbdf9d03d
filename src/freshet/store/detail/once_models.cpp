// SPDX-License-Identifier: MIT
#include "freshet/store/detail/once_models.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "freshet/graph/detail/errors_node.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::store {
namespace {

bool is_row_by_row(const std::string& kind) { return kind == "map" || kind == "filter"; }

tl::unexpected<Error> not_for_once(const detail::NodeBase& node, std::string why) {
  return fail(ErrorCode::invalid_argument, "the view " + node.name() + " cannot be computed once", std::move(why),
              "declare it with map() and filter() that read by key, or keep it live");
}

}  // namespace

Result<std::size_t> OnceModels::source_of(const detail::NodeBase& node) const {
  const detail::NodeBase* at = &node;
  while (is_row_by_row(at->kind())) at = at->parents().front().get();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (&inputs_[i]->node() == at) return i;
  }
  return not_for_once(node, at->name() + " is no model's collection but made by " + at->kind());
}

Result<void> OnceModels::begin(const detail::NodeBase& view) {
  names_.assign(inputs_.size(), {});
  const auto source = source_of(view);
  if (!source) return fail(source.error());
  source_ = *source;
  for (const detail::NodeBase* node : detail::with_ancestors(view)) {
    if (auto found = source_of(*node); !found) return fail(std::move(found.error()));
  }
  return {};
}

Result<void> OnceModels::load_keys(BackendTransaction& transaction, const detail::NodeBase& view,
                                   const std::vector<std::string>& keys) {
  if (auto begun = begin(view); !begun) return begun;
  names_[source_].wanted.insert(keys.begin(), keys.end());
  return load_wanted(transaction, view);
}

Result<void> OnceModels::load_query(BackendTransaction& transaction, const detail::NodeBase& view, const Query& query) {
  if (auto begun = begin(view); !begun) return begun;
  Query of_source = query;
  of_source.table = &inputs_[source_]->table();
  of_source.parent = inputs_[source_]->parent();
  if (of_source.obj_types.empty()) of_source.obj_types = obj_types_of(*of_source.table, inputs_[source_]->type());
  const auto rows = transaction.query(of_source);
  if (!rows) return fail(rows.error());
  Transaction writes;
  for (const Row& row : *rows) {
    names_[source_].asked.insert(inputs_[source_]->name_of(row.key));
    if (auto added = add(source_, row, writes); !added) return added;
  }
  if (auto committed = commit(std::move(writes)); !committed) return committed;
  const auto found = find_wanted(view);
  if (!found) return fail(found.error());
  return *found ? load_wanted(transaction, view) : Result<void>();
}

Result<void> OnceModels::load_wanted(BackendTransaction& transaction, const detail::NodeBase& view) {
  for (std::size_t round = 0; round < options_.rounds_max; ++round) {
    if (auto read = read_wanted(transaction); !read) return read;
    const auto found = find_wanted(view);
    if (!found) return fail(found.error());
    if (!*found) return {};
  }
  return fail(ErrorCode::limit_exceeded, "the references of " + view.name() + " lead too deep",
              "the limit is " + std::to_string(options_.rounds_max));
}

Result<void> OnceModels::read_wanted(BackendTransaction& transaction) {
  Transaction writes;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    std::vector<Key> keys;
    for (const std::string& name : names_[i].wanted) {
      if (auto key = inputs_[i]->key_of(name)) keys.push_back(*std::move(key));
    }
    names_[i].asked.merge(std::exchange(names_[i].wanted, {}));
    if (keys.empty()) continue;
    const auto rows = transaction.get_many(inputs_[i]->table(), keys);
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) {
      if (!row) continue;
      if (auto added = add(i, *row, writes); !added) return added;
    }
  }
  return commit(std::move(writes));
}

Result<void> OnceModels::add(std::size_t input, const Row& row, Transaction& writes) {
  if (++documents_ > options_.documents_max) {
    return fail(ErrorCode::limit_exceeded, "the view needs too many documents",
                "the limit is " + std::to_string(options_.documents_max));
  }
  auto set = inputs_[input]->set(row, writes);
  if (set) return {};
  set.error().path = path_of(inputs_[input]->table(), row.key) + " " + set.error().path;
  return fail(std::move(set.error()));
}

Result<void> OnceModels::commit(Transaction writes) {
  const auto committed = graph().commit(std::move(writes));
  return committed ? Result<void>() : fail(committed.error());
}

Result<bool> OnceModels::find_wanted(const detail::NodeBase& view) {
  bool some = false;
  std::optional<Error> wrong;
  for (const detail::NodeBase* node : detail::with_ancestors(view)) {
    // Row by row: a node's rows are those of the input it comes from.
    const std::size_t end = inputs_[*source_of(*node)]->row_end();
    for (detail::Slot row = 0; row < end && !wrong; ++row) {
      node->reads(row, [&](const detail::NodeBase& from, const void* key) {
        if (wrong) return;
        if (key == nullptr) {
          wrong = not_for_once(*node, "it reads all of " + from.name()).value();
          return;
        }
        const std::size_t input = *source_of(from);
        const auto& name = *static_cast<const std::string*>(key);
        if (names_[input].asked.contains(name)) return;
        some = names_[input].wanted.insert(name).second || some;
      });
    }
  }
  if (wrong) return fail(*std::move(wrong));
  return some;
}

}  // namespace freshet::store
