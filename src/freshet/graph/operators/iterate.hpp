// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/detail/fixpoint.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/iterate_options.hpp"

namespace freshet::detail {

/// Whether compare() takes values of the type.
template <class T>
inline constexpr bool can_compare =
    std::is_scalar_v<T> || optional_like<T> || range_like<T> || tuple_like<T> ||
    std::three_way_comparable<T, std::weak_ordering> || has_less<T> || described<T> || self_described<T>;

/// Whether a result holds rows of these types: a pair, an optional one or a container of them.
template <class Given, class Key, class Value>
inline constexpr bool gives_rows = std::is_convertible_v<Given, std::pair<Key, Value>>;
template <class Given, class Key, class Value>
inline constexpr bool gives_rows<std::optional<Given>, Key, Value> =
    std::is_convertible_v<Given, std::pair<Key, Value>>;
template <std::ranges::range Given, class Key, class Value>
inline constexpr bool gives_rows<Given, Key, Value> =
    std::is_convertible_v<std::ranges::range_value_t<Given>, std::pair<Key, Value>>;

/// A recursion: one row for each key that is seeded or derived, with the best of all values that are.
///
/// This node knows keys, seeds and the user's function; which values hold is decided by Fixpoint, in terms of slots.
/// The space is unique, so rows and keys have the same slots.
template <class Key, class Value, class Order, class Call, class... Args>
class IterateNode final : public StoredNode<Key, Value>, public FixpointNode {
 public:
  using Source = CollectionNode<Key, Value>;
  using Space = RowSpace<Key>;
  using Options = IterateOptions<Order>;

  IterateNode(Core& core, std::string name, const std::shared_ptr<Source>& seeds, const Options& options, Call call,
              std::tuple<Args...> args)
      : StoredNode<Key, Value>(core, std::move(name), parents_of(seeds, args),
                               std::make_shared<Space>(Space::Shape::unique)),
        seeds_(*seeds),
        function_(*this, *this, std::move(call), std::move(args)),
        fixpoint_(this->own_, options) {
    seeds->present().for_each(seeds->space().end(), [&](Slot row) { seed(row, *seeds->value(row)); });
    compute();
    settle();
  }

  bool same(const Source& seeds, const Options& options, const Call& call, const std::tuple<Args...>& args) const {
    return &seeds == &seeds_ && options == fixpoint_.options() && function_.same(*this, call, args);
  }

  void update() override {
    for (const auto& delta : seeds_.deltas()) {
      delta.after != nullptr ? seed(delta.row, *delta.after) : unseed(delta.row);
    }
    if (function_.arguments_changed()) {
      function_.for_each_reader([this](Slot row) { fixpoint_.mark_stale(row); });
    }
    compute();
  }
  void settle() override {
    this->settle_values();
    this->space_->settle();
    function_.settle();
    fixpoint_.settle();
    seed_log_.clear();
  }
  void roll_back() override {
    for (auto change = seed_log_.rbegin(); change != seed_log_.rend(); ++change) {
      seed_derivations_[change->source_row] = change->before;
    }
    seed_log_.clear();
    fixpoint_.roll_back();
    for (const auto& delta : this->deltas_) stored_.clear(delta.row);
    this->roll_back_values();
    this->space_->roll_back();
    function_.roll_back();
    rewritten_ = refused_ = false;
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t bytes() const override {
    return StoredNode<Key, Value>::bytes() + this->space_->bytes() + function_.bytes() + fixpoint_.bytes() +
           seed_derivations_.bytes();
  }
  std::optional<std::string> invariant() const override {
    if (auto wrong = fixpoint_.invariant()) return wrong;
    std::optional<std::string> wrong;
    seeds_.present().for_each(seeds_.space().end(), [&](Slot row) {
      const Derived number = seed_derivations_[row];
      if (number == 0 || !equal(fixpoint_.graph()[number].value, *seeds_.value(row))) {
        wrong = "has not the seed of row " + std::to_string(row);
      }
    });
    return wrong;
  }

  /// The seed that the row follows from, by the derivations that support it.
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    const auto& graph = fixpoint_.graph();
    const auto* support = &graph[graph.row(row).support];
    while (support->from != kNoSlot) support = &graph[graph.row(support->from).support];
    visit(seeds_, support->next_of_from);
  }
  /// What was read on the way from that seed to the row.
  void reads(Slot row, const NodeBase::VisitRead& visit) const override {
    const auto& graph = fixpoint_.graph();
    for (const auto* support = &graph[graph.row(row).support]; support->from != kNoSlot;
         support = &graph[graph.row(support->from).support]) {
      function_.reads(support->from, visit);
    }
  }

  const FixpointWork& work() const override { return fixpoint_.work(); }

  // For Fixpoint.

  /// Gives the row a value; whether it had another.
  bool put(Slot row, const Value& value) {
    if (this->own_.has(row) && equal(this->own_.at(row), value)) return false;
    if (!stored_.test(row)) {
      this->store(row, Value(value));
      stored_.set(row);
    } else {
      rewritten_ = true;
      this->own_.has(row) ? void(this->own_.at(row) = value) : void(this->own_.emplace(row, value));
    }
    return true;
  }
  void derive(Slot row) {
    pairs_.clear();
    const bool called = function_.call(this->counters_, row, this->space_->key(row), this->own_.at(row),
                                       [this](auto&& result) { this->take(std::forward<decltype(result)>(result)); });
    if (!called) {
      refused_ = this->strict();
      return fixpoint_.derive_nothing(row);
    }
    Targets targets(*this);
    fixpoint_.replace(row, targets);
  }
  void fail(Slot row, const std::string& message) {
    function_.fail(this->counters_, row, this->space_->key(row), message);
    refused_ = this->strict();
  }
  /// Whether the commit will be undone, so that there is nothing to go on for.
  bool refused() const { return refused_; }

 private:
  using Pair = std::pair<Key, Value>;

  struct SeedChange {
    Slot source_row;
    Derived before;
  };

  /// The pairs that the function gave, with the slots of their keys.
  class Targets {
   public:
    explicit Targets(IterateNode& node) : node_(node) { node.hashes_.resize(node.pairs_.size()); }

    std::size_t size() const { return node_.pairs_.size(); }
    Value& value(std::size_t i) const { return node_.pairs_[i].second; }
    bool is_target(std::size_t i, Slot slot) const { return equal(node_.space_->keys().key(slot), key(i)); }
    void prefetch(std::size_t i, int step) const {
      const auto& keys = node_.space_->keys();
      step == 0 ? keys.prefetch(node_.hashes_[i] = hash_of(key(i))) : void(keys.prefetch_key(node_.hashes_[i]));
    }
    Slot slot(std::size_t i) const { return node_.slot_of(key(i), node_.hashes_[i]); }

   private:
    const Key& key(std::size_t i) const { return node_.pairs_[i].first; }
    IterateNode& node_;
  };

  Slot slot_of(const Key& key, std::size_t hash) {
    const Slot slot = this->space_->add(key, hash);
    fixpoint_.use(slot);
    return slot;
  }

  void take(Pair&& pair) { pairs_.push_back(std::move(pair)); }
  template <class Given> void take(std::optional<Given>&& pair) {
    if (pair) pairs_.emplace_back(std::move(*pair));
  }
  template <std::ranges::range Pairs> void take(Pairs&& pairs) {
    for (auto&& pair : pairs) pairs_.emplace_back(std::move(pair));
  }

  void seed(Slot source_row, const Value& value) {
    seed_derivations_.reserve(source_row);
    Derived& derivation = seed_derivations_[source_row];
    if (derivation != 0) return fixpoint_.change_seed(derivation, Value(value));
    const Key& key = seeds_.space().key(source_row);
    const Slot row = slot_of(key, hash_of(key));
    seed_log_.push_back({source_row, 0});
    derivation = fixpoint_.add_seed(source_row, row, Value(value));
  }
  void unseed(Slot source_row) {
    seed_log_.push_back({source_row, seed_derivations_[source_row]});
    fixpoint_.remove_seed(std::exchange(seed_derivations_[source_row], 0));
  }

  void compute() {
    fixpoint_.run(*this);
    if (refused_) return;
    fixpoint_.drop_unsupported([this](Slot row) {
      function_.forget(row);
      if (!stored_.test(row)) {
        this->drop(row);
      } else if (this->own_.has(row)) {
        rewritten_ = true;
        this->own_.erase(row);
      }
      this->space_->unlink(row);
    });
    for (const auto& delta : this->deltas_) stored_.clear(delta.row);
    if (rewritten_) drop_unchanged();
    rewritten_ = false;
    this->space_->finish();
  }
  /// Rows that had several values in this commit: their deltas are from what was before the first to the last.
  void drop_unchanged() {
    this->deltas_.erase_if([this](RowDelta<Value>& delta) {
      delta.after = this->own_.find(delta.row);
      if (delta.before == nullptr || delta.after == nullptr) return delta.before == delta.after;
      return equal(*delta.before, *delta.after);
    });
  }

  const Source& seeds_;
  RowFunction<Key, Value, Call, Args...> function_;
  Fixpoint<Value, Order> fixpoint_;
  Segments<Derived> seed_derivations_;  // by row of the source

  // Of the commit under way.
  std::vector<SeedChange> seed_log_;
  SlotBits stored_;         // rows that have their delta
  bool rewritten_ = false;  // some of them were given several values
  bool refused_ = false;

  std::vector<Pair> pairs_;  // buffers
  std::vector<std::size_t> hashes_;
};

template <class Order, class Key, class Value, class Call, class... Args>
Collection<Key, Value> make_iterate(const Collection<Key, Value>& seeds, const IterateOptions<Order>& options,
                                    Call call, std::tuple<Args...> args) {
  using Node = IterateNode<Key, Value, Order, Call, Args...>;
  Core& core = seeds.node().core();
  const std::size_t bounds = combine(options.rounds_max, options.rows_max);
  return Collection<Key, Value>(core.find_or_make<Node>(
      combine(signature(seeds.node(), call, args), bounds),
      [&](const Node& node) { return node.same(seeds.node(), options, call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(seeds.node(), "iterate"), seeds.shared_node(), options, call,
                                      args);
      }));
}

}  // namespace freshet::detail
