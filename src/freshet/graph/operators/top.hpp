// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "freshet/graph/detail/ranked_space.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/direction.hpp"
#include "freshet/graph/operators/key_by.hpp"

namespace freshet::detail {

/// The first rows of each key of the source, by what a function gives for them; the values stay where the source has
/// them.
///
/// What a commit changes here is what it changes among the first: a row that enters and the one that it drives out.
template <class Key, class Value, class Sort, class Call, class... Args>
class TopNode final : public CollectionNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;
  using Rank = RankCode<typename Sort::Plain, Sort::kDirection>;
  using Space = RankedSpace<Key, typename Rank::Code>;

  TopNode(Core& core, std::string name, const std::shared_ptr<Source>& source, std::size_t count, Call call,
          std::tuple<Args...> args)
      : CollectionNode<Key, Value>(core, std::move(name), parents_of(source, args),
                                   std::make_shared<Space>(source->shared_space(), count)),
        count_(count),
        ranked_space_(static_cast<Space&>(*this->space_)),
        function_(*this, *source, std::move(call), std::move(args)) {
    this->share_values(*source, 1);
    this->present_ = &ranked_space_.linked();
    source->present().for_each(source->space().end(), [&](Slot row) { rank(row, *source->value(row)); });
    collect_changes();
    settle();
    // As many changes at once as there are rows will hardly come again.
    this->deltas_.clear();
    ranked_space_.release_buffers();
  }

  bool same(const Source& source, std::size_t count, const Call& call, const std::tuple<Args...>& args) const {
    return count == count_ && function_.same(source, call, args);
  }

  void update() override {
    const auto visit = [this](Slot row, const Value* value) {
      if (value != nullptr) return rank(row, *value);
      function_.forget(row);
      ranked_space_.unrank(row);
    };
    prefetch_few();
    function_.for_each_stale(visit, [this](Slot row, int step) {
      step == 0 ? ranked_space_.prefetch_group(row) : ranked_space_.prefetch_rows(row);
    });
    collect_changes();
  }
  void settle() override {
    this->counters_.changes += this->deltas_.size();
    this->deltas_.clear();
    ranked_space_.settle();
    function_.settle();
  }
  void roll_back() override {
    for (const auto& delta : this->deltas_) {
      if (delta.before == nullptr) --row_count_;
      if (delta.after == nullptr) ++row_count_;
    }
    this->deltas_.clear();
    ranked_space_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t row_count() const override { return row_count_; }
  std::size_t bytes() const override { return this->buffer_bytes() + ranked_space_.bytes() + function_.bytes(); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(function_.source(), Space::source_row(row));
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override {
    function_.reads(Space::source_row(row), visit);
  }
  std::optional<std::string> invariant() const override {
    if (!this->deltas_.empty()) return "holds on to changes of a commit that is over";
    const auto& source = function_.source();
    if (auto wrong = ranked_space_.invariant([&](Slot row) { return source.present().test(row); })) return wrong;
    if (ranked_space_.linked().count() != row_count_) return "miscounts its rows";
    return function_.row_invariant();
  }

 private:
  void rank(Slot row, const Value& value) {
    const Key& key = function_.source().space().key(row);
    const bool called = function_.call(this->counters_, row, key, value,
                                       [&](auto&& score) { take(row, std::forward<decltype(score)>(score)); });
    if (!called) ranked_space_.unrank(row);
  }
  template <class T> void take(Slot row, T&& score) {
    ranked_space_.rank(row, Rank::of(undirected(std::forward<T>(score))));
  }
  template <class T> void take(Slot row, std::optional<T>&& score) {
    score ? take(row, std::move(*score)) : ranked_space_.unrank(row);
  }

  /// Small commits are too short to look ahead in: brings near all that they need before the first row is ranked.
  void prefetch_few() {
    constexpr std::size_t kFewMax = 16;
    const auto deltas = function_.source().deltas();
    if (deltas.size() < 2 || deltas.size() > kFewMax) return;
    for (const auto& delta : deltas) ranked_space_.prefetch_group(delta.row);
    for (const auto& delta : deltas) ranked_space_.prefetch_rows(delta.row);
  }

  /// Makes deltas of what came among the first and what is no longer: first of the rows that changed, which have a
  /// value before, then of those that others made room for or drove out.
  void collect_changes() {
    const auto& source = function_.source();
    for (const auto& delta : source.deltas()) {
      for (Slot row = delta.row * 2; row <= delta.row * 2 + 1; ++row) {
        if (ranked_space_.take_turned(row)) {
          turn(row, delta.before, delta.after);
        } else if (delta.before != nullptr && ranked_space_.linked().test(row)) {
          this->deltas_.push_back({row, delta.before, delta.after});
        }
      }
    }
    // Their values are what subscribers read next, and nobody has touched them in this commit.
    for (const Slot row : ranked_space_.perhaps_turned()) source.prefetch_value(Space::source_row(row));
    for (const Slot row : ranked_space_.perhaps_turned()) {
      if (!ranked_space_.take_turned(row)) continue;
      const Value* value = source.value(Space::source_row(row));
      turn(row, value, value);
    }
    ranked_space_.finish();
  }
  void turn(Slot row, const Value* before, const Value* after) {
    if (ranked_space_.linked().test(row)) {
      this->deltas_.push_back({row, before, nullptr});
      ranked_space_.leave(row);
      --row_count_;
    } else {
      this->deltas_.push_back({row, nullptr, after});
      ranked_space_.enter(row);
      ++row_count_;
    }
  }

  const std::size_t count_;
  Space& ranked_space_;
  RowFunction<Key, Value, Call, Args...> function_;
  std::size_t row_count_ = 0;
};

/// Gives each row the key that it has.
template <class Key> struct SameKeyCall {
  template <class Value> const Key& operator()(const Key& key, const Value&) const { return key; }
  bool same(const SameKeyCall&) const { return true; }
  std::size_t hash() const { return 1; }
};

/// The same rows with slots that are dense, for operators that need some to spare: each that gives rows two slots
/// doubles them, which is cheaper than a copy of the values once, but not again and again.
template <class Key, class Value> Collection<Key, Value> with_dense_rows(const Collection<Key, Value>& source) {
  if (source.node().space().slot_factor() * 2 <= kSlotFactorMax) return source;
  return make_flat_map(source, KeyedPairCall<Key, Value, SameKeyCall<Key>>{}, std::tuple<>());
}

template <class Key, class Value, class Call, class... Args, class Sort>
Collection<Key, Value> make_top_of(const Collection<Key, Value>& source, std::size_t count, const Call& call,
                                   const std::tuple<Args...>& args, Sort) {
  using Node = TopNode<Key, Value, Sort, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Value>(core.find_or_make<Node>(
      signature(source.node(), call, args) * 31 + count,
      [&](const Node& node) { return node.same(source.node(), count, call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "top"), source.shared_node(), count, call,
                                      args);
      }));
}

/// `kDirection`: in which the first rows are taken, where the function does not say.
template <Direction kDirection, class Key, class Value, class Call, class... Args>
Collection<Key, Value> make_top(const Collection<Key, Value>& source, std::size_t count, const Call& call,
                                const std::tuple<Args...>& args) {
  using Score = MapResult<Key, Value, Call, Args...>;
  return make_top_of(with_dense_rows(source), count, call, args, SortOf<Score, kDirection>());
}

}  // namespace freshet::detail
