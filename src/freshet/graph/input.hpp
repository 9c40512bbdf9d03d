// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/key_text.hpp"
#include "freshet/graph/detail/write_batch.hpp"

namespace freshet {

namespace detail {

/// The rows of an input: those of a key are in the order in which they were written.
template <class Key> class WrittenSpace final : public RowSpace<Key> {
 public:
  WrittenSpace() : RowSpace<Key>(RowSpace<Key>::Shape::unique) {}

  /// From now on keys may have several rows; those that are there are each the first of their key.
  void allow_many(const SlotBits& present) {
    if (this->grouped()) return;
    this->become_grouped(present);
    for (Slot row = 0; row < this->end(); ++row) places_.reserve(row);
  }
  /// Adds the row at `place` among those of `key`. Requires: the space is grouped.
  Slot add_at(const Key& key, Slot place) {
    const Slot row = this->add(key);
    places_.reserve(row);
    places_[row] = place;
    this->link(row);
    return row;
  }
  std::size_t bytes() const override { return RowSpace<Key>::bytes() + places_.bytes(); }

 private:
  bool before_in_key(Slot a, Slot b) const override { return places_[a] < places_[b]; }

  Segments<Slot> places_;
};

/// A collection that transactions write to.
///
/// The rows of a key are told apart by their place in what was written: writing [1, 2, 3] over [1, 5] changes the
/// second row and adds a third. While every key has one value, a row is its key and no places are kept.
template <class Key, class Value> class InputNode final : public StoredNode<Key, Value> {
 public:
  using Check = std::function<std::optional<std::string>(const Key&, const Value&)>;

  InputNode(Core& core, std::string name)
      : StoredNode<Key, Value>(core, std::move(name), {}, std::make_shared<WrittenSpace<Key>>()),
        written_space_(static_cast<WrittenSpace<Key>&>(*this->space_)) {}

  void add_check(Check check) { checks_.push_back(std::move(check)); }

  Result<void> check(const Write<Key, Value>& write) const {
    if (checks_.empty()) return {};
    if (const auto* value = std::get_if<Value>(&write.values)) return check(write.key, *value);
    if (const auto* values = std::get_if<std::vector<Value>>(&write.values)) {
      for (const Value& value : *values) {
        if (auto checked = check(write.key, value); !checked) return checked;
      }
    }
    return {};
  }

  void apply(std::vector<Write<Key, Value>>& writes) {
    this->core().touched(*this);
    for (auto& write : writes) {
      if (std::holds_alternative<std::vector<Value>>(write.values)) written_space_.allow_many(this->own_.present());
    }
    many_writes_ = writes.size() > 1;
    few_writes_ = writes.size() <= kFewWrites;
    for (std::size_t begin = 0; begin < writes.size(); begin += kBlock) {
      apply_block(std::span(writes).subspan(begin, std::min(kBlock, writes.size() - begin)));
    }
  }

  /// Ends the writing: rows that came out as they were are no changes, keys without rows go.
  void update() override {
    for (const auto& delta : this->deltas_) touched_.clear(delta.row);
    if (rewritten_) drop_unchanged();
    for (const auto& delta : this->deltas_) {
      if (delta.after == nullptr) written_space_.unlink(delta.row);
    }
    written_space_.finish();
    rewritten_ = false;
  }
  void settle() override {
    this->settle_values();
    written_space_.settle();
  }
  void roll_back() override {
    for (const auto& delta : this->deltas_) touched_.clear(delta.row);
    rewritten_ = false;
    this->roll_back_values();
    written_space_.roll_back();
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Value>::invariant()) return wrong;
    if (auto wrong = written_space_.invariant()) return wrong;
    const std::size_t rows = written_space_.grouped() ? written_space_.linked().count() : written_space_.keys().size();
    if (rows != this->own_.size()) return "has rows without a value";
    if (touched_.count() != 0 || rewritten_) return "takes rows for written that are not";
    return std::nullopt;
  }
  std::size_t bytes() const override {
    return StoredNode<Key, Value>::bytes() + written_space_.bytes() + touched_.bytes() +
           rows_.capacity() * sizeof(Slot);
  }

 private:
  Result<void> check(const Key& key, const Value& value) const {
    for (const Check& check : checks_) {
      std::optional<std::string> objection;
      try {
        objection = check(key, value);
      } catch (const std::exception& error) {
        objection = error.what();
      }
      if (!objection) continue;
      return fail(ErrorCode::refused, "refused by '" + this->name() + "': " + *objection, "key " + key_text(key));
    }
    return {};
  }

  /// Writes that are looked up together: the cache misses of one overlap with those of the others.
  static constexpr std::size_t kBlock = 16;
  static constexpr std::size_t kFewWrites = 8;

  void apply_block(std::span<Write<Key, Value>> writes) {
    std::array<std::size_t, kBlock> hashes;
    const KeyTable<Key>& keys = written_space_.keys();
    for (std::size_t i = 0; i < writes.size(); ++i) hashes[i] = hash_of(writes[i].key);
    if (writes.size() > 1) {
      for (std::size_t i = 0; i < writes.size(); ++i) keys.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
      const Slot slot = keys.prefetch_key(hashes[i]);
      if (slot == kNoSlot) continue;
      this->own_.prefetch(slot);
      // In a small commit each node below would wait for its memory in turn; in larger ones they prefetch themselves.
      if (few_writes_) written_space_.prefetch_per_row(slot);
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
      written_space_.grouped() ? write_rows(writes[i], hashes[i]) : write_row(writes[i], hashes[i]);
    }
  }

  void write_row(Write<Key, Value>& write, std::size_t hash) {
    auto* value = std::get_if<Value>(&write.values);
    if (value != nullptr) {
      put(written_space_.add(write.key, hash), std::move(*value));
    } else if (const Slot row = written_space_.keys().find(write.key, hash); row != kNoSlot) {
      take_away(row);
    }
  }

  void write_rows(Write<Key, Value>& write, std::size_t hash) {
    auto* one = std::get_if<Value>(&write.values);
    auto* many = std::get_if<std::vector<Value>>(&write.values);
    const std::size_t count = one != nullptr ? 1 : many != nullptr ? many->size() : 0;
    rows_.clear();
    if (const Slot key = written_space_.keys().find(write.key, hash); key != kNoSlot) {
      written_space_.for_each_row(key, [&](Slot row) { rows_.push_back(row); });
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Slot row = i < rows_.size() ? rows_[i] : written_space_.add_at(write.key, static_cast<Slot>(i));
      // Through a Value of its own, because a vector<bool> has no elements to move from.
      put(row, one != nullptr ? std::move(*one) : Value(std::move((*many)[i])));
    }
    for (std::size_t i = count; i < rows_.size(); ++i) take_away(rows_[i]);
  }

  void put(Slot row, Value&& value) {
    if (first_touch(row)) {
      if (!this->store(row, std::move(value))) touched_.clear(row);
      return;
    }
    // The row has its delta already; what it was before the commit is in there.
    this->own_.has(row) ? void(this->own_.at(row) = std::move(value)) : void(this->own_.emplace(row, std::move(value)));
  }
  void take_away(Slot row) {
    if (first_touch(row)) {
      if (!this->drop(row)) touched_.clear(row);
    } else if (this->own_.has(row)) {
      this->own_.erase(row);
    }
  }
  bool first_touch(Slot row) {
    if (!many_writes_ || touched_.claim(row)) return true;
    rewritten_ = true;
    return false;
  }

  /// Several writes to one row: its delta is from what was before the first to what is after the last.
  void drop_unchanged() {
    this->deltas_.erase_if([this](RowDelta<Value>& delta) {
      delta.after = this->own_.find(delta.row);
      if (delta.before == nullptr && delta.after == nullptr) {
        written_space_.unlink(delta.row);
        return true;
      }
      return delta.before != nullptr && delta.after != nullptr && equal(*delta.before, *delta.after);
    });
  }

  WrittenSpace<Key>& written_space_;
  std::vector<Check> checks_;
  SlotBits touched_;  // rows with a delta in the commit under way
  bool many_writes_ = false;
  bool few_writes_ = false;
  bool rewritten_ = false;
  std::vector<Slot> rows_;  // a buffer
};

template <class Key, class Value> class InputWrites final : public WriteBatch {
 public:
  explicit InputWrites(std::shared_ptr<InputNode<Key, Value>> input) : input_(std::move(input)) {}

  const NodeBase& input() const override { return *input_; }
  NodeBase& input() override { return *input_; }
  bool empty() const override { return writes_.empty(); }
  void clear() override { writes_.clear(); }
  Result<void> check() const override {
    for (const auto& write : writes_) {
      if (auto checked = input_->check(write); !checked) return checked;
    }
    return {};
  }
  void apply() override { input_->apply(writes_); }

  std::vector<Write<Key, Value>>& writes() { return writes_; }

 private:
  std::shared_ptr<InputNode<Key, Value>> input_;  // shared with the graph, which outlives the commit
  std::vector<Write<Key, Value>> writes_;
};

}  // namespace detail

/// A collection that is written from outside, in transactions. Made by Graph::input().
///
/// Example: examples/temp_monitor/meta.cpp
template <class Key, class Value> class Input : public Collection<Key, Value> {
 public:
  using Node = detail::InputNode<Key, Value>;

  explicit Input(std::shared_ptr<Node> node) : Collection<Key, Value>(std::move(node)) {}

  /// Adds a check: what it objects to (a text) refuses the whole transaction, with nothing applied. Checks run before
  /// anything is written, once per written value; they see the value alone, not the rest of the graph.
  const Input& check(typename Node::Check check) const {
    shared_input()->add_check(std::move(check));
    return *this;
  }

  /// The node by its own type, for operators and adapters.
  std::shared_ptr<Node> shared_input() const { return std::static_pointer_cast<Node>(this->shared_node()); }
};

}  // namespace freshet
