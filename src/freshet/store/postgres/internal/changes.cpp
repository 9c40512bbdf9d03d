// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/changes.hpp"

#include <string>
#include <utility>

namespace freshet::store::postgres {
namespace {

bool same(const Row& left, const Row& right) {
  return left.obj_type == right.obj_type && left.revision == right.revision && left.updated_at == right.updated_at &&
         left.cells == right.cells;
}

}  // namespace

Result<void> append_change(const Table& table, std::optional<Row> before, std::optional<Row> after,
                           std::size_t changes_max, std::vector<Change>& changes) {
  if (before && after && before->key != after->key) {
    auto removed = append_change(table, std::exchange(before, std::nullopt), std::nullopt, changes_max, changes);
    if (!removed) return removed;
  }
  if (before && after && same(*before, *after)) return {};
  if (changes.size() >= changes_max) {
    return fail(ErrorCode::limit_exceeded, "a transaction has more changes than a feed holds",
                "at most " + std::to_string(changes_max), "what is there is read anew");
  }
  Change change{.kind = !before ? ChangeKind::create
                        : after ? ChangeKind::update
                                : ChangeKind::remove,
                .table = &table,
                .key = before ? before->key : after->key};
  change.before = std::move(before);
  change.after = std::move(after);
  changes.push_back(std::move(change));
  return {};
}

}  // namespace freshet::store::postgres
