// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/workers.hpp"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

TEST(Workers, do_every_piece_once_and_return_when_all_are_done) {
  for (const std::size_t threads : {0, 1, 3}) {
    Workers workers(threads);
    for (std::size_t count = 0; count < 40; ++count) {
      std::vector<std::atomic<int>> calls(count);
      workers.run(count, [&](std::size_t i) { calls[i].fetch_add(1); });
      for (const auto& each : calls) ASSERT_EQ(each.load(), 1);
    }
  }
}

TEST(Workers, work_side_by_side) {
  Workers workers(1);
  std::atomic<int> arrived{0};
  // Each piece waits for the other: done one after the other they would never end.
  workers.run(2, [&](std::size_t) {
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived.load(), 2);
}

}  // namespace
}  // namespace freshet::detail
