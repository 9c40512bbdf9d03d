// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/function_node.hpp"

namespace freshet::detail {

/// One row from each row of the source, or none; keys and row slots are the source's.
template <class Key, class In, class Out, class Call, class... Args>
class MapNode final : public FunctionNode<Key, In, In, Out, Call, Args...> {
 public:
  using Base = FunctionNode<Key, In, In, Out, Call, Args...>;

  MapNode(Core& core, std::string name, const std::shared_ptr<typename Base::Source>& source, Call call,
          std::tuple<Args...> args)
      : Base(core, std::move(name), source, std::move(call), std::move(args), source->shared_space()) {
    source->present().for_each(source->space().end(), [&](Slot row) { this->compute(row, *source->value(row)); });
    this->settle();
  }

  void update() override {
    this->function_.for_each_stale(
        [this](Slot row, const In* value) { value != nullptr ? this->compute(row, *value) : this->forget(row); },
        [this](Slot row, int step) {
          if (step == 0) this->own_.prefetch(row);
        });
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = Base::invariant()) return wrong;
    std::optional<std::string> wrong = this->function_.row_invariant();
    this->own_.present().for_each(this->space_->end(), [&](Slot row) {
      if (!this->function_.source().present().test(row) || this->function_.failures().find(row) != nullptr) {
        wrong = "has row " + std::to_string(row) + ", which the source has not, or which fails";
      }
    });
    return wrong;
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(this->function_.source(), row); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    this->function_.collect_row_failures(news, all_standing);
  }
};

template <class Key, class In, class Call, class... Args>
auto make_map(const Collection<Key, In>& source, Call call, std::tuple<Args...> args) {
  using Out = MapResult<Key, In, Call, Args...>;
  using Node = MapNode<Key, In, Out, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "map"), source.shared_node(), call, args);
      }));
}

}  // namespace freshet::detail
