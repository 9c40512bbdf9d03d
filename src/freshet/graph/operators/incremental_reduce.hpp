// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/reducers.hpp"

namespace freshet::detail {

/// One row per key from an incremental reducer, whose state is told of single rows coming and going.
template <class Key, class In, class Reducer, class Out>
class IncrementalReduceNode final : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<Key, In>;

  IncrementalReduceNode(Core& core, std::string name, const std::shared_ptr<Source>& source)
      : StoredNode<Key, Out>(core, std::move(name), {source},
                             std::make_shared<RowSpace<Key>>(source->space().shared_keys())),
        source_(*source) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      const Slot key = source->space().key_slot(row);
      add(key, *source->value(row));
      if (dirty_.claim(key)) dirty_keys_.push_back(key);
    });
    publish();
    settle();
  }

  const Source& source() const { return source_; }

  void update() override {
    // What goes is taken out before what comes is put in: a group of one row then never holds two.
    const auto deltas = source_.deltas();
    const auto& space = source_.space();
    for (std::size_t i = 0; i < std::min(kAhead, deltas.size()); ++i) prefetch_key(space.key_slot(deltas[i].row));
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const auto& delta = deltas[i];
      if (i + 2 * kAhead < deltas.size()) space.prefetch(deltas[i + 2 * kAhead].row);
      if (i + kAhead < deltas.size()) prefetch_key(space.key_slot(deltas[i + kAhead].row));
      const Slot key = space.key_slot(delta.row);
      if (dirty_.claim(key)) dirty_keys_.push_back(key);
      if (delta.before != nullptr) remove(key, *delta.before);
      ++applied_;
      if (delta.after != nullptr) add(key, *delta.after);
      ++applied_;
    }
    publish();
  }
  void settle() override {
    this->settle_values();
    failures_.settle();
    applied_ = 0;
  }
  void roll_back() override {
    for (; applied_ > 0; --applied_) {
      const auto& delta = source_.deltas()[(applied_ - 1) / 2];
      const Slot key = source_.space().key_slot(delta.row);
      const bool added = applied_ % 2 == 0;
      if (added && delta.after != nullptr) remove(key, *delta.after);
      if (!added && delta.before != nullptr) add(key, *delta.before);
      drop_if_unused(key);
    }
    for (const Slot key : dirty_keys_) {
      drop_if_unused(key);
      dirty_.clear(key);
    }
    dirty_keys_.clear();
    this->roll_back_values();
    failures_.roll_back();
  }

  bool has_failure_changes() const override { return failures_.has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    const auto collect = [&](Slot key) {
      const std::string* message = failures_.find(key);
      news.push_back({key_text(this->space_->key(key)), message ? *message : "", message ? 1 : 0});
    };
    all_standing ? failures_.for_each_standing(collect) : failures_.for_each_changed(collect);
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Out>::invariant()) return wrong;
    if (applied_ != 0 || dirty_.count() != 0 || !dirty_keys_.empty()) return "has keys left to publish";
    std::vector<std::int64_t> counts(source_.space().keys().end());
    source_.present().for_each(source_.space().end(), [&](Slot row) { ++counts[source_.space().key_slot(row)]; });
    for (Slot key = 0; key < counts.size(); ++key) {
      const bool has_state = cells_.has(key);
      if ((has_state ? cells_.at(key).rows : 0) != counts[key] || has_state != (counts[key] != 0)) {
        return "has added up other rows of key slot " + std::to_string(key) + " than the source has";
      }
      if (this->own_.has(key) && !has_state) {
        return "has a row for key slot " + std::to_string(key) + " without a state";
      }
    }
    return failures_.invariant([&](Slot key) { return cells_.has(key) && !this->own_.has(key); });
  }
  std::size_t bytes() const override {
    return StoredNode<Key, Out>::bytes() + this->space_->bytes() + cells_.bytes() + failures_.bytes() + dirty_.bytes() +
           dirty_keys_.capacity() * sizeof(Slot);
  }
  /// Looks through the rows of the source, unless somebody else has it list those of a key.
  void origins(Slot key, const NodeBase::VisitOrigin& visit) const override {
    source_.space().look_up_rows(key, [&](Slot row) {
      if (source_.present().test(row)) visit(source_, row);
    });
  }
  std::size_t origins_cost() const override { return source_.space().lists_rows() ? 0 : source_.space().end(); }

 private:
  struct Cell {
    typename Reducer::State state{};
    std::int64_t rows = 0;
  };

  void add(Slot key, const In& value) {
    Cell& cell = cells_.has(key) ? cells_.at(key) : cells_.emplace(key);
    Reducer::add(cell.state, value);
    ++cell.rows;
  }
  void remove(Slot key, const In& value) {
    Cell& cell = cells_.at(key);
    Reducer::remove(cell.state, value);
    --cell.rows;
  }
  void drop_if_unused(Slot key) {
    if (cells_.has(key) && cells_.at(key).rows == 0) cells_.erase(key);
  }

  static constexpr std::size_t kAhead = 8;  // rows; see RowFunction
  void prefetch_key(Slot key) const {
    cells_.prefetch(key);
    this->own_.prefetch(key);
  }

  /// Stores the result of each key that changed.
  void publish() {
    for (const Slot key : dirty_keys_) {
      dirty_.clear(key);
      drop_if_unused(key);
      if (!cells_.has(key)) {
        failures_.clear(key);
        this->drop(key);
      } else {
        compute(key);
      }
    }
    dirty_keys_.clear();
  }
  void compute(Slot key) {
    ++this->counters_.calls;
    try {
      this->store(key, Reducer::result(cells_.at(key).state));
      failures_.clear(key);
    } catch (const std::exception& error) {
      ++this->counters_.failures;
      if (this->strict()) this->core().refuse({this->name(), key_text(this->space_->key(key)), error.what()});
      failures_.set(key, error.what());
      this->drop(key);
    }
  }

  const Source& source_;
  Column<Cell> cells_;  // by key slot
  Failures failures_;
  SlotBits dirty_;
  std::vector<Slot> dirty_keys_;
  std::size_t applied_ = 0;  // halves (before, after) of deltas of the source that the cells have seen in this commit
};

template <class Key, class In, class Reducer> auto make_incremental_reduce(const Collection<Key, In>& source, Reducer) {
  using Bound = typename BoundReducer<Reducer, In>::type;
  using Out = std::decay_t<decltype(Bound::result(std::declval<const typename Bound::State&>()))>;
  using Node = IncrementalReduceNode<Key, In, Bound, Out>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      hash_of(source.node().id()), [&](const Node& node) { return &node.source() == &source.node(); },
      [&] { return std::make_unique<Node>(core, derived_name(source.node(), "reduce"), source.shared_node()); }));
}

}  // namespace freshet::detail
