// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/detail/selection_node.hpp"

namespace freshet::detail {

/// The rows of the source for which a predicate holds.
template <class Key, class Value, class Call, class... Args> class FilterNode final : public SelectionNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;

  FilterNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args)
      : SelectionNode<Key, Value>(core, std::move(name), parents_of(source, args), *source),
        function_(*this, *source, std::move(call), std::move(args)) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      const Value* value = source->value(row);
      decide(row, value, value);
    });
    settle();
  }

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    const auto& source = function_.source();
    // The first visits are the source's own changes, in their order; what the row was before is in there.
    std::size_t next = 0;
    const auto visit = [&](Slot row, const Value* value) {
      const Value* before = next < source.deltas().size() ? source.deltas()[next++].before : value;
      if (value != nullptr) {
        decide(row, before, value);
      } else {
        function_.forget(row);
        this->select(row, before, nullptr);
      }
    };
    const auto prefetch = [this](Slot row, int step) {
      if (step == 0) this->prefetch_selected(row);
    };
    function_.for_each_stale(visit, prefetch);
  }
  void settle() override {
    this->settle_selection();
    function_.settle();
  }
  void roll_back() override {
    this->roll_back_selection();
    function_.roll_back();
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = SelectionNode<Key, Value>::invariant()) return wrong;
    return function_.row_invariant();
  }
  std::size_t bytes() const override { return SelectionNode<Key, Value>::bytes() + function_.bytes(); }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { function_.reads(row, visit); }
  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

 private:
  void decide(Slot row, const Value* before, const Value* value) {
    bool keep_it = false;
    function_.call(this->counters_, row, this->space_->key(row), *value, [&](bool result) { keep_it = result; });
    this->select(row, before, keep_it ? value : nullptr);
  }

  RowFunction<Key, Value, Call, Args...> function_;
};

template <class Key, class Value, class Call, class... Args>
auto make_filter(const Collection<Key, Value>& source, Call call, std::tuple<Args...> args) {
  using Node = FilterNode<Key, Value, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Value>(core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "filter"), source.shared_node(), call, args);
      }));
}

}  // namespace freshet::detail
