// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "freshet/graph/detail/function_node.hpp"

namespace freshet::detail {

/// One row from all values of a key; the rows' slots are the source's key slots.
///
/// The function sees the values in one piece, so they are copied into a buffer that is kept; a single value is not
/// copied.
template <class Key, class In, class Out, class Call, class... Args>
class ReduceNode final : public FunctionNode<Key, In, std::span<const In>, Out, Call, Args...> {
 public:
  using Base = FunctionNode<Key, In, std::span<const In>, Out, Call, Args...>;

  ReduceNode(Core& core, std::string name, const std::shared_ptr<typename Base::Source>& source, Call call,
             std::tuple<Args...> args)
      : Base(core, std::move(name), source, std::move(call), std::move(args),
             std::make_shared<RowSpace<Key>>(source->space().shared_keys())) {
    source->space().keep_groups();
    for (const Slot key : source->sorted_keys()) reduce(key);
    this->settle();
  }

  void update() override {
    this->function_.for_each_stale_key([this](Slot key) { reduce(key); });
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = Base::invariant()) return wrong;
    const auto& source = this->function_.source();
    SlotBits with_rows;
    source.present().for_each(source.space().end(), [&](Slot row) { with_rows.set(source.space().key_slot(row)); });
    std::optional<std::string> wrong = this->function_.invariant([&](Slot key) { return with_rows.test(key); });
    this->own_.present().for_each(this->space_->end(), [&](Slot key) {
      if (!with_rows.test(key)) wrong = "has a row for key slot " + std::to_string(key) + ", which the source has not";
    });
    return wrong;
  }
  std::size_t bytes() const override {
    return Base::bytes() + this->space_->bytes() + values_.capacity() * sizeof(In) + rows_.capacity() * sizeof(Slot);
  }
  void origins(Slot key, const NodeBase::VisitOrigin& visit) const override {
    const auto& source = this->function_.source();
    source.space().look_up_rows(key, [&](Slot row) {
      if (source.present().test(row)) visit(source, row);
    });
  }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    this->function_.collect_failures(
        news, all_standing, [](Slot key) { return key; }, [](Slot key, auto visit) { visit(key); });
  }

 private:
  void reduce(Slot key) {
    const std::span<const In> values = gather(key);
    values.empty() ? this->forget(key) : this->compute(key, values);
  }

  std::span<const In> gather(Slot key) {
    const auto& source = this->function_.source();
    rows_.clear();
    source.space().for_each_row(key, [&](Slot row) {
      if (!source.present().test(row)) return;
      rows_.push_back(row);
      source.prefetch_value(row);
    });
    if (rows_.size() <= 1) return {rows_.empty() ? nullptr : source.value(rows_.front()), rows_.size()};
    values_.resize(std::min(values_.size(), rows_.size()));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const In& value = *source.value(rows_[i]);
      if (i < values_.size()) {
        values_[i] = value;
      } else {
        values_.push_back(value);
      }
    }
    return values_;
  }

  std::vector<Slot> rows_;
  std::vector<In> values_;
};

template <class Key, class In, class Call, class... Args>
auto make_reduce(const Collection<Key, In>& source, Call call, std::tuple<Args...> args) {
  using Out = MapResult<Key, std::span<const In>, Call, Args...>;
  using Node = ReduceNode<Key, In, Out, Call, Args...>;
  Core& core = source.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "reduce"), source.shared_node(), call, args);
      }));
}

}  // namespace freshet::detail
