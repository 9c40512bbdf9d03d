// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/graph/detail/column.hpp"
#include "freshet/graph/detail/ranked_blocks.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/direction.hpp"

namespace freshet::detail {

/// All rows of a collection in the order of a sort key; pages of it share one. It has no rows of its own to read.
///
/// Rows with equal sort keys are in the order of the collection.
template <class Key, class Value, class Sort> class SortedIndex : public NodeBase {
 public:
  using Source = CollectionNode<Key, Value>;
  using Plain = typename Sort::Plain;

  /// A row at its place in the order.
  struct Entry {
    Plain sort;
    Slot row;
  };
  /// One row that a commit changed: its values before and after, and where it was and is in the order.
  struct Change {
    Slot row;
    const Value* before;
    const Value* after;
    std::optional<Entry> was;
    std::optional<Entry> is;
  };

  const Source& source() const { return source_; }
  const RankedBlocks<Entry>& entries() const { return entries_; }
  /// Each row that changed in the commit under way, once.
  std::span<const Change> changes() const { return changes_; }
  auto less() const {
    return [this](const Entry& a, const Entry& b) {
      const auto order = Sort::compare(a.sort, b.sort);
      return order != 0 ? order < 0 : source_.space().before(a.row, b.row);
    };
  }

  bool has_changes() const final { return !changes_.empty(); }
  std::size_t row_count() const final { return entries_.size(); }

 protected:
  SortedIndex(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents, const Source& source)
      : NodeBase(core, std::move(name), std::move(parents)), source_(source) {}

  const Source& source_;
  RankedBlocks<Entry> entries_;
  std::vector<Change> changes_;
};

/// The index over what a function gives for each row.
template <class Key, class Value, class Sort, class Call, class... Args>
class SortedIndexNode final : public SortedIndex<Key, Value, Sort> {
 public:
  using Base = SortedIndex<Key, Value, Sort>;
  using Source = typename Base::Source;
  using Entry = typename Base::Entry;
  using Plain = typename Base::Plain;

  SortedIndexNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call,
                  std::tuple<Args...> args)
      : Base(core, std::move(name), parents_of(source, args), *source),
        function_(*this, *source, std::move(call), std::move(args)) {
    // All at once: sorting many rows is several times faster than finding the place of each.
    std::vector<Entry> entries;
    entries.reserve(source->row_count());
    source->present().for_each(source->space().end(), [&](Slot row) {
      call_function(row, *source->value(row), [&](const Plain* sort) {
        if (sort == nullptr) return;
        sorts_.emplace(row, *sort);
        entries.push_back({*sort, row});
      });
    });
    std::sort(entries.begin(), entries.end(), this->less());
    this->entries_.assign(std::move(entries));
    function_.settle();
  }

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    // The first visits are the source's own changes, in their order; what the row was before is in there.
    const auto deltas = this->source_.deltas();
    std::size_t next = 0;
    const auto visit = [&](Slot row, const Value* value) {
      const Value* before = next < deltas.size() ? deltas[next++].before : value;
      if (value == nullptr) {
        function_.forget(row);
        return move(row, before, nullptr, nullptr);
      }
      call_function(row, *value, [&](const Plain* sort) { move(row, before, value, sort); });
    };
    function_.for_each_stale(visit, [this](Slot row, int) { sorts_.prefetch(row); });
  }
  void settle() override {
    this->counters_.changes += this->changes_.size();
    this->changes_.clear();
    function_.settle();
  }
  void roll_back() override {
    for (auto change = this->changes_.rbegin(); change != this->changes_.rend(); ++change) {
      if (is_same_place(*change)) continue;
      if (change->is) this->entries_.erase(*change->is, this->less());
      if (change->was) this->entries_.insert(*change->was, this->less());
      set_sort(change->row, change->was ? &change->was->sort : nullptr);
    }
    this->changes_.clear();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t bytes() const override {
    const std::size_t buffer = this->changes_.capacity() * sizeof(typename Base::Change);
    return this->entries_.bytes() + sorts_.bytes() + buffer + function_.bytes();
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { function_.reads(row, visit); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(this->source_, row); }
  std::optional<std::string> invariant() const override {
    if (!this->changes_.empty()) return "holds on to changes of a commit that is over";
    if (auto broken = this->entries_.invariant(this->less())) return broken;
    std::optional<std::string> wrong = function_.row_invariant();
    this->entries_.for_each([&](const Entry& entry) {
      if (!this->source_.present().test(entry.row)) {
        wrong = "sorts row " + std::to_string(entry.row) + ", which the source has not";
      } else if (!sorts_.has(entry.row) || !equal(sorts_.at(entry.row), entry.sort)) {
        wrong = "sorts row " + std::to_string(entry.row) + " by another key than it knows";
      }
    });
    if (!wrong && sorts_.size() != this->entries_.size()) wrong = "knows sort keys of rows that it does not sort";
    return wrong;
  }

 private:
  /// Calls `use(sort)` with what the function gives; null for nothing, or an error.
  template <class Use> void call_function(Slot row, const Value& value, Use use) {
    std::optional<Plain> sort;
    function_.call(this->counters_, row, this->source_.space().key(row), value,
                   [&](auto&& result) { sort = plain(std::forward<decltype(result)>(result)); });
    use(sort ? &*sort : nullptr);
  }
  template <class T> static std::optional<Plain> plain(T&& result) { return undirected(std::forward<T>(result)); }
  template <class T> static std::optional<Plain> plain(std::optional<T>&& result) {
    if (!result) return std::nullopt;
    return undirected(std::move(*result));
  }

  /// Puts the row where `sort` says; null: nowhere.
  void move(Slot row, const Value* before, const Value* after, const Plain* sort) {
    const Plain* known = sorts_.find(row);
    if (known == nullptr && sort == nullptr) return;
    const bool stays = known != nullptr && sort != nullptr && equal(*known, *sort);
    if (stays && before == after) return;  // computed again, as before
    auto& change = this->changes_.emplace_back(typename Base::Change{row, before, after, {}, {}});
    if (known != nullptr) {
      if (!stays) this->entries_.erase({*known, row}, this->less());
      change.was = Entry{*known, row};
    }
    if (sort != nullptr) {
      if (!stays) this->entries_.insert({*sort, row}, this->less());
      change.is = Entry{*sort, row};
    }
    if (!stays) set_sort(row, sort);
  }
  static bool is_same_place(const typename Base::Change& change) {
    return change.was && change.is && equal(change.was->sort, change.is->sort);
  }
  void set_sort(Slot row, const Plain* sort) {
    if (sort == nullptr) {
      if (sorts_.has(row)) sorts_.erase(row);
    } else if (sorts_.has(row)) {
      sorts_.at(row) = *sort;
    } else {
      sorts_.emplace(row, *sort);
    }
  }

  RowFunction<Key, Value, Call, Args...> function_;
  Column<Plain> sorts_;  // by row
};

/// The index of `source` by `call`; made if there is none yet.
template <class Sort, class Key, class Value, class Call, class... Args>
std::shared_ptr<SortedIndex<Key, Value, Sort>> make_sorted_index(const Collection<Key, Value>& source, const Call& call,
                                                                 const std::tuple<Args...>& args) {
  using Node = SortedIndexNode<Key, Value, Sort, Call, Args...>;
  Core& core = source.node().core();
  return core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "sorted"), source.shared_node(), call, args);
      });
}

}  // namespace freshet::detail
