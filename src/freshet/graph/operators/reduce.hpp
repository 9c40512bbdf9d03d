// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// One row from all values of a key; the rows' slots are the source's key slots.
///
/// The function sees the values in one piece, so they are copied into a buffer that is kept; a single value is not copied.
template <class Key, class In, class Out, class Call, class... Args>
class ReduceNode final : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<Key, In>;

  ReduceNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args)
      : StoredNode<Key, Out>(core, std::move(name), parents_of(source, args),
                             std::make_shared<RowSpace<Key>>(source->space().shared_keys())),
        function_(*this, *source, std::move(call), std::move(args)) {
    for (const Slot key : source->sorted_keys()) compute(key);
    settle();
  }

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    function_.for_each_stale_key([this](Slot key) { compute(key); });
  }
  void settle() override {
    this->settle_values();
    function_.settle();
  }
  void roll_back() override {
    this->roll_back_values();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_failures(
        news, all_standing, [](Slot key) { return key; }, [](Slot key, auto visit) { visit(key); });
  }

 private:
  void compute(Slot key) {
    const std::span<const In> values = gather(key);
    if (values.empty()) {
      function_.forget(key);
      this->drop(key);
      return;
    }
    const bool called = function_.call(this->counters_, key, this->space_->key(key), values, [&](auto&& result) {
      put(key, std::forward<decltype(result)>(result));
    });
    if (!called) this->drop(key);
  }

  std::span<const In> gather(Slot key) {
    const auto& source = function_.source();
    const Values<In> values = source.values(key);
    if (values.size() <= 1) return {values.empty() ? nullptr : &values.front(), values.size()};
    values_.resize(std::min(values_.size(), values.size()));
    std::size_t i = 0;
    for (const In& value : values) {
      if (i < values_.size()) {
        values_[i] = value;
      } else {
        values_.push_back(value);
      }
      ++i;
    }
    return values_;
  }

  void put(Slot key, Out&& value) { this->store(key, std::move(value)); }
  void put(Slot key, std::optional<Out>&& value) {
    if (value) {
      this->store(key, std::move(*value));
    } else {
      this->drop(key);
    }
  }

  RowFunction<Key, In, Call, Args...> function_;
  std::vector<In> values_;
};

template <class Key, class In, class Call, class... Args>
auto make_reduce(const Collection<Key, In>& source, Call call, std::tuple<Args...> args) {
  using Out = MapResult<Key, std::span<const In>, Call, Args...>;
  using Node = ReduceNode<Key, In, Out, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      signature(source.node(), call, args),
      [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] { return std::make_unique<Node>(core, derived_name(source.node(), "reduce"), source.shared_node(), call, args); }));
}

}  // namespace freshet::detail
