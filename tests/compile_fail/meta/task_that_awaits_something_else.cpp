// expect: Freshet: a Task awaits another Task, or a Later that has a name of its own
// SPDX-License-Identifier: MIT
#include <coroutine>

#include "freshet/base/task.hpp"

freshet::Task<int> wait() {
  co_await std::suspend_always();
  co_return 1;
}
