// SPDX-License-Identifier: MIT
#pragma once

#include <ranges>

#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// The rows of a flat_map: ordered within a key by the source row they came from, then by their place in what it gave.
template <class SourceKey, class Key> class EmittedSpace final : public RowSpace<Key> {
 public:
  explicit EmittedSpace(std::shared_ptr<RowSpace<SourceKey>> source)
      : RowSpace<Key>(RowSpace<Key>::Shape::grouped), source_(std::move(source)) {}

  Slot add_emitted(const Key& key, Slot source_row, Slot place) {
    const Slot row = this->add(key);
    origins_.reserve(row);
    origins_[row] = {source_row, place};
    this->link(row);
    return row;
  }
  Slot source_row(Slot row) const { return origins_[row].source_row; }
  Slot place(Slot row) const { return origins_[row].place; }
  std::size_t bytes() const override { return RowSpace<Key>::bytes() + origins_.bytes(); }

 private:
  struct Origin {
    Slot source_row;
    Slot place;
  };

  bool before_in_key(Slot a, Slot b) const override {
    const Origin& from_a = origins_[a];
    const Origin& from_b = origins_[b];
    if (from_a.source_row == from_b.source_row) return from_a.place < from_b.place;
    return source_->before(from_a.source_row, from_b.source_row);
  }

  std::shared_ptr<RowSpace<SourceKey>> source_;  // shared with the source node
  Segments<Origin> origins_;
};

/// Rows under other keys: each source row gives any number of (key, value) pairs.
///
/// A row that changes replaces what it gave before, place by place: a pair that is the same again changes nothing, one
/// with the same key updates its row, one with another key moves.
template <class SourceKey, class In, class Key, class Out, class Call, class... Args>
class FlatMapNode final : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<SourceKey, In>;
  using Space = EmittedSpace<SourceKey, Key>;

  FlatMapNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args)
      : StoredNode<Key, Out>(core, std::move(name), parents_of(source, args),
                             std::make_shared<Space>(source->shared_space())),
        emitted_space_(static_cast<Space&>(*this->space_)),
        function_(*this, *source, std::move(call), std::move(args)) {
    source->present().for_each(source->space().end(), [&](Slot row) { compute(row, *source->value(row)); });
    emitted_space_.finish();
    settle();
  }
  ~FlatMapNode() override {
    for (Slot row = 0; row < emitted_end_; ++row) {
      if (emitted_.reserved(row)) emitted_[row].reset();
    }
  }

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    const auto visit = [this](Slot source_row, const In* value) {
      if (value != nullptr) {
        compute(source_row, *value);
      } else {
        function_.forget(source_row);
        emit(source_row, {});
      }
    };
    const auto prefetch = [this](Slot source_row, int step) {
      if (step == 0) return emitted_.prefetch(source_row);
      if (!emitted_.reserved(source_row) || emitted_[source_row].empty()) return;
      const Slot first = emitted_[source_row][0];
      emitted_space_.prefetch(first);
      this->own_.prefetch(first);
    };
    function_.for_each_stale(visit, prefetch);
    emitted_space_.finish();
  }
  void settle() override {
    this->settle_values();
    emitted_space_.settle();
    function_.settle();
    undo_.clear();
  }
  void roll_back() override {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) emitted_[undo->source_row].assign(undo->rows);
    undo_.clear();
    this->roll_back_values();
    emitted_space_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Out>::invariant()) return wrong;
    if (auto wrong = emitted_space_.invariant()) return wrong;
    if (!undo_.empty()) return "holds on to lists of a commit that is over";
    std::optional<std::string> wrong = function_.row_invariant();
    std::size_t rows = 0;
    for (Slot source_row = 0; source_row < emitted_end_ && !wrong; ++source_row) {
      if (emitted_.reserved(source_row)) wrong = emitted_invariant(source_row, rows);
    }
    if (!wrong && rows != this->own_.size()) wrong = "has rows that no row of the source gave";
    return wrong;
  }
  std::size_t bytes() const override {
    // Lists of several rows are on the heap; how many there are is told from the rows beyond one per source row.
    constexpr std::size_t kListBytes = sizeof(std::vector<Slot>) / 2 + 2 * sizeof(Slot);
    const std::size_t rows = this->row_count();
    const std::size_t source_rows = function_.source().row_count();
    const std::size_t lists = rows > source_rows ? (rows - source_rows) * kListBytes : 0;
    return StoredNode<Key, Out>::bytes() + emitted_space_.bytes() + emitted_.bytes() + lists + function_.bytes() +
           pairs_.capacity() * sizeof(Pair) + rows_.capacity() * sizeof(Slot);
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(function_.source(), emitted_space_.source_row(row));
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override {
    function_.reads(emitted_space_.source_row(row), visit);
  }

 private:
  using Pair = std::pair<Key, Out>;
  struct Undo {
    Slot source_row;
    std::vector<Slot> rows;
  };

  std::optional<std::string> emitted_invariant(Slot source_row, std::size_t& rows) const {
    const SlotList& list = emitted_[source_row];
    const std::string name = "source row " + std::to_string(source_row);
    if (!list.empty() && !function_.source().present().test(source_row)) {
      return "has rows of " + name + ", which is gone";
    }
    for (std::size_t i = 0; i < list.size(); ++i, ++rows) {
      if (!this->own_.has(list[i])) return "has lost a row that " + name + " gave";
      if (emitted_space_.source_row(list[i]) != source_row || emitted_space_.place(list[i]) != i) {
        return "takes a row that " + name + " gave for another's";
      }
    }
    return std::nullopt;
  }

  void compute(Slot source_row, const In& value) {
    pairs_.clear();
    const SourceKey& key = function_.source().space().key(source_row);
    const bool called = function_.call(this->counters_, source_row, key, value,
                                       [&](auto&& result) { take(std::forward<decltype(result)>(result)); });
    if (!called) pairs_.clear();
    emit(source_row, pairs_);
  }

  void take(Pair&& pair) { pairs_.push_back(std::move(pair)); }
  void take(std::optional<Pair>&& pair) {
    if (pair) pairs_.push_back(std::move(*pair));
  }
  template <std::ranges::range Pairs> void take(Pairs&& pairs) {
    for (auto&& pair : pairs) pairs_.emplace_back(std::move(pair));
  }

  /// Makes `pairs` what the source row gives now.
  void emit(Slot source_row, std::span<Pair> pairs) {
    emitted_.reserve(source_row);
    if (source_row >= emitted_end_) emitted_end_ = source_row + 1;
    SlotList& list = emitted_[source_row];
    if (pairs.size() == 1 && list.size() == 1 && equal(this->space_->key(list[0]), pairs[0].first)) {
      this->store(list[0], std::move(pairs[0].second));  // one row before and after, under one key: the common case
      return;
    }
    list.copy_to(rows_);
    bool moved = rows_.size() != pairs.size();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (i < rows_.size() && equal(this->space_->key(rows_[i]), pairs[i].first)) {
        this->store(rows_[i], std::move(pairs[i].second));
        continue;
      }
      moved = true;
      if (i < rows_.size()) remove(rows_[i]);
      const Slot row = emitted_space_.add_emitted(pairs[i].first, source_row, static_cast<Slot>(i));
      this->store(row, std::move(pairs[i].second));
      i < rows_.size() ? void(rows_[i] = row) : rows_.push_back(row);
    }
    for (std::size_t i = pairs.size(); i < rows_.size(); ++i) remove(rows_[i]);
    rows_.resize(pairs.size());
    if (!moved) return;
    Undo& undo = undo_.emplace_back(Undo{source_row, {}});
    list.copy_to(undo.rows);
    list.assign(rows_);
  }
  void remove(Slot row) {
    this->drop(row);
    emitted_space_.unlink(row);
  }

  Space& emitted_space_;
  RowFunction<SourceKey, In, Call, Args...> function_;
  Segments<SlotList> emitted_;  // by source row
  Slot emitted_end_ = 0;
  std::vector<Undo> undo_;
  std::vector<Pair> pairs_;  // buffers, kept for their memory
  std::vector<Slot> rows_;
};

/// The pair that a flat_map function gives: alone, in an optional, or in a container.
template <class T> struct EmittedPair { using type = std::ranges::range_value_t<T>; };
template <class Key, class Value> struct EmittedPair<std::pair<Key, Value>> { using type = std::pair<Key, Value>; };

template <class SourceKey, class In, class Call, class... Args>
auto make_flat_map(const Collection<SourceKey, In>& source, Call call, std::tuple<Args...> args) {
  using Pair = typename EmittedPair<MapResult<SourceKey, In, Call, Args...>>::type;
  using Key = std::remove_const_t<typename Pair::first_type>;
  using Out = typename Pair::second_type;
  using Node = FlatMapNode<SourceKey, In, Key, Out, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "flat_map"), source.shared_node(), call, args);
      }));
}

}  // namespace freshet::detail
