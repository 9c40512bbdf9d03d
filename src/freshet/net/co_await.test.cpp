// SPDX-License-Identifier: MIT
#include <coroutine>
#include <cstdlib>
#include <exception>
#include <utility>

#include <gtest/gtest.h>

// Two faults of GCC 12.2, and the rules that keep us clear of them:
//
// 1. It destroys twice some temporaries of a co_await expression: a braced aggregate and a lambda with captures.
// Nothing
//    with a destructor is created inside a co_await expression by braces or by capture; it gets a name first.
// 2. It loses its place in a coroutine that awaits a temporary in the condition of an if or a loop. The result of such
// a
//    co_await gets a name first, too.
//
// These tests show that the rules are enough, and tell when the compiler no longer needs them.
namespace {

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
constexpr bool kFaultyCompiler = true;
#else
constexpr bool kFaultyCompiler = false;
#endif

int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }
};

struct Aggregate {
  Counted member;
};

// A coroutine that runs at once and to its end.
struct Immediate {
  struct promise_type {
    Immediate get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

std::suspend_never take(const Aggregate&) { return {}; }
template <class Fn> std::suspend_never take_callable(const Fn&) { return {}; }

Immediate with_named_aggregate() {
  const Aggregate named{Counted()};
  co_await take(named);
}

Immediate with_named_lambda() {
  Counted counted;
  const auto named = [counted] {};
  co_await take_callable(named);
}

Immediate with_braces_inside() { co_await take(Aggregate{Counted()}); }

Immediate with_capture_inside() {
  Counted counted;
  co_await take_callable([counted] {});
}

// How many objects are left over, or were destroyed too often, after `run`.
template <class Fn> int imbalance(Fn run) {
  alive = 0;
  run();
  return alive;
}

TEST(CoAwait, destroys_what_has_a_name_once) {
  EXPECT_EQ(imbalance(with_named_aggregate), 0);
  EXPECT_EQ(imbalance(with_named_lambda), 0);
}

TEST(CoAwait, destroys_twice_what_has_none_on_this_compiler) {
  const int braces = imbalance(with_braces_inside);
  const int capture = imbalance(with_capture_inside);
  EXPECT_EQ(braces < 0, kFaultyCompiler);
  EXPECT_EQ(capture < 0, kFaultyCompiler);
}

std::coroutine_handle<> suspended;

// A coroutine that waits for its first resume().
struct Lazy {
  struct promise_type {
    Lazy get_return_object() {
      suspended = std::coroutine_handle<promise_type>::from_promise(*this);
      return {};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

struct Later {
  bool result;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { suspended = handle; }
  bool await_resume() { return result; }
};

Later later(bool result) { return {result}; }

Lazy in_condition(int& passed) {
  if (co_await later(true)) ++passed;
  while (co_await later(false)) --passed;
  ++passed;
}

Lazy with_named_result(int& passed) {
  const bool first = co_await later(true);
  if (first) ++passed;
  bool again = true;
  while (again) again = co_await later(false);
  ++passed;
}

// Leaves the process, since nobody knows what a coroutine that lost its place does: 0 when `run` passed everywhere.
template <class Fn> [[noreturn]] void exit_after(Fn run) {
  int passed = 0;
  run(passed);
  while (suspended) std::exchange(suspended, nullptr).resume();
  std::_Exit(passed == 2 ? 0 : 1);
}

bool ends_well(int status) { return status == 0; }
bool ends_badly(int status) { return status != 0; }

TEST(CoAwaitDeathTest, keeps_its_place_when_the_result_has_a_name) {
  EXPECT_EXIT(exit_after(with_named_result), ends_well, "");
}

TEST(CoAwaitDeathTest, loses_its_place_in_a_condition_on_this_compiler) {
  const auto expected = kFaultyCompiler ? ends_badly : ends_well;
  EXPECT_EXIT(exit_after(in_condition), expected, "");
}

}  // namespace
