// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/outside.hpp"

#include <algorithm>

#include "freshet/graph/detail/core.hpp"

namespace freshet::detail {

bool Outside::receive() {
  {
    const Core::Shelter shelter(core_);
    inbox_->deliver();
    inbox_->deliver();  // what coroutines answered that the first time resumed
  }
  if (woken_.empty()) return false;
  bring_in(std::exchange(woken_, {}));
  return true;
}

void Outside::bring_in(const std::vector<std::shared_ptr<Driven>>& nodes) {
  const auto all = [&]() -> Result<void> {
    for (const auto& node : nodes) node->bring_in();
    return {};
  };
  if (core_.commit(all)) return;
  for (const auto& node : nodes) node->bring_in_alone();
}

void Outside::add_gate(const std::shared_ptr<Gate>& gate) {
  gates_.push_back(gate);
  inbox_->wake();
}

bool Outside::fill() {
  std::vector<std::shared_ptr<Driven>> ready;
  std::erase_if(gates_, [&](const std::weak_ptr<Gate>& weak) {
    auto gate = weak.lock();
    if (gate == nullptr || gate->all_passed()) return true;
    if (gate->can_step()) ready.push_back(std::move(gate));
    return false;
  });
  if (ready.empty()) return false;
  bring_in(ready);
  return std::any_of(gates_.begin(), gates_.end(), [](const std::weak_ptr<Gate>& weak) {
    const auto gate = weak.lock();
    return gate != nullptr && gate->can_step();
  });
}

}  // namespace freshet::detail
