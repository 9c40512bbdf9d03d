// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// One row from each row of the source, or none; keys and row slots are the source's.
template <class Key, class In, class Out, class Call, class... Args>
class MapNode final : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<Key, In>;

  MapNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args)
      : StoredNode<Key, Out>(core, std::move(name), parents_of(source, args), source->shared_space()),
        function_(*this, *source, std::move(call), std::move(args)) {
    source->present().for_each(source->space().end(), [&](Slot row) { compute(row, *source->value(row)); });
    settle();
  }

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    function_.for_each_stale(
        [this](Slot row, const In* value) {
          if (value != nullptr) {
            compute(row, *value);
          } else {
            function_.forget(row);
            this->drop(row);
          }
        },
        [this](Slot row, int step) {
          if (step == 0) this->own_.prefetch(row);
        });
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
    function_.collect_row_failures(news, all_standing);
  }

 private:
  void compute(Slot row, const In& value) {
    const bool called = function_.call(this->counters_, row, this->space_->key(row), value, [&](auto&& result) {
      put(row, std::forward<decltype(result)>(result));
    });
    if (!called) this->drop(row);
  }
  void put(Slot row, Out&& value) { this->store(row, std::move(value)); }
  void put(Slot row, std::optional<Out>&& value) {
    if (value) {
      this->store(row, std::move(*value));
    } else {
      this->drop(row);
    }
  }

  RowFunction<Key, In, Call, Args...> function_;
};

template <class Key, class In, class Call, class... Args>
auto make_map(const Collection<Key, In>& source, Call call, std::tuple<Args...> args) {
  using Out = MapResult<Key, In, Call, Args...>;
  using Node = MapNode<Key, In, Out, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      signature(source.node(), call, args),
      [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] { return std::make_unique<Node>(core, derived_name(source.node(), "map"), source.shared_node(), call, args); }));
}

}  // namespace freshet::detail
