// SPDX-License-Identifier: MIT
#pragma once

#include <future>
#include <memory>

#include "freshet/store/backend.hpp"

namespace freshet::store::testing {

/// Keeps the thread of a store that writes within a transaction, so that what comes after it waits.
class HeldWriter {
 public:
  explicit HeldWriter(Backend& store) {
    store.write(
        [held = held_](BackendTransaction&) -> Result<void> {
          held->started.set_value();
          held->go.get_future().wait();
          return {};
        },
        [](const Result<Position>&) {});
    held_->started.get_future().get();
  }
  void let_go() { held_->go.set_value(); }

 private:
  struct Held {
    std::promise<void> started;
    std::promise<void> go;
  };
  std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

}  // namespace freshet::store::testing
