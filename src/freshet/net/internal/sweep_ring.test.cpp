// SPDX-License-Identifier: MIT
#include "freshet/net/internal/sweep_ring.hpp"

#include <functional>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using std::chrono::milliseconds;

struct Counted final : Swept {
  void on_sweep(SteadyTime) override {
    ++count;
    if (then) then();
  }
  int count = 0;
  std::function<void()> then;
};

SteadyTime at(int ms) { return SteadyTime(milliseconds(ms)); }

struct Ring : ::testing::Test {
  void add(int count) {
    for (; count > 0; --count) {
      objects.push_back(std::make_unique<Counted>());
      ring.insert(*objects.back());
    }
  }
  int looks() const {
    int sum = 0;
    for (const auto& object : objects) sum += object->count;
    return sum;
  }

  SweepRing ring;
  std::vector<std::unique_ptr<Counted>> objects;
};

TEST_F(Ring, looks_at_each_object_once_in_a_period) {
  add(103);
  ring.sweep(at(0), milliseconds(1000));
  for (const auto& object : objects) object->count = 0;
  for (int time = 100; time <= 1000; time += 100) {
    ring.sweep(at(time), milliseconds(1000));
    EXPECT_NEAR(looks(), 103 * time / 1000, 1);
  }
  for (const auto& object : objects) EXPECT_EQ(object->count, 1);
}

TEST_F(Ring, looks_at_each_object_once_after_a_long_pause) {
  add(10);
  ring.sweep(at(0), milliseconds(1000));
  for (const auto& object : objects) object->count = 0;
  ring.sweep(at(60'000), milliseconds(1000));
  for (const auto& object : objects) EXPECT_EQ(object->count, 1);
}

TEST_F(Ring, reaches_a_single_object) {
  add(1);
  for (int time = 0; time <= 10'000; time += 100) ring.sweep(at(time), milliseconds(1000));
  EXPECT_NEAR(looks(), 10, 1);
}

TEST_F(Ring, may_change_while_it_is_swept) {
  add(50);
  for (const auto& object : objects) {
    object->then = [this, &object] {
      ring.erase(*object);
      object->then = nullptr;
    };
  }
  ring.sweep_all(at(0));
  for (const auto& object : objects) EXPECT_EQ(object->count, 1);
  EXPECT_EQ(ring.size(), 0u);
  ring.sweep_all(at(1));
  EXPECT_EQ(looks(), 50);
}

TEST_F(Ring, forgets_what_is_erased) {
  add(20);
  std::mt19937 random(5);
  while (!objects.empty()) {
    const std::size_t which = random() % objects.size();
    ring.erase(*objects[which]);
    objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(which));
    EXPECT_EQ(ring.size(), objects.size());
    const int before = looks();
    ring.sweep_all(at(0));
    EXPECT_EQ(looks() - before, static_cast<int>(objects.size()));
  }
}

}  // namespace
}  // namespace freshet::net
