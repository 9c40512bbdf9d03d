// SPDX-License-Identifier: MIT
#include "freshet/service/internal/store_work.hpp"

#include <utility>

namespace freshet::service {

bool StoreWork::begin() {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  ++under_way_;
  return true;
}

void StoreWork::end(net::Task then) {
  const std::lock_guard lock(mutex_);
  if (!closed_) loop_.post(std::move(then));
  if (--under_way_ == 0) idle_.notify_all();
}

void StoreWork::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  idle_.wait(lock, [this] { return under_way_ == 0; });
}

}  // namespace freshet::service
