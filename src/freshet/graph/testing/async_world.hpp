// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/base/timers.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/graph/operators/map_async.hpp"

/// A world that asynchronous mappers ask and that answers when the test says so. Not installed.
namespace freshet::testing {

/// A call that a test answers when it likes.
struct Asked {
  int key;
  std::int64_t value;
  Reply<std::int64_t> reply;
};

/// Where Ask leaves its calls; functions capture nothing, so the world is found by a pointer.
struct AsyncWorld {
  std::deque<Asked> asked;
  std::size_t asked_ever = 0;
  bool throws = false;

  /// Takes the oldest call, or the one at another place.
  Asked take(std::size_t at = 0) {
    Asked taken = std::move(asked.at(at));
    asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(at));
    return taken;
  }
  /// Answers all with ten times the value.
  void answer_all() {
    while (!asked.empty()) {
      Asked next = take();
      next.reply(next.value * 10);
    }
  }
  void fail_all() {
    while (!asked.empty()) take().reply.fail({.code = ErrorCode::unavailable, .primary = "no line"});
  }

  static AsyncWorld*& current() {
    static AsyncWorld* world = nullptr;
    return world;
  }
};

/// Asks the world.
struct Ask {
  using Answer = std::int64_t;
  static constexpr bool kIsTask = false;

  template <class... Args>
  void operator()(int key, std::int64_t value, Reply<std::int64_t> reply, const Args&...) const {
    ++AsyncWorld::current()->asked_ever;
    if (AsyncWorld::current()->throws) throw std::runtime_error("no line");
    AsyncWorld::current()->asked.push_back({key, value, std::move(reply)});
  }
  bool same(const Ask&) const { return true; }
  std::size_t hash() const { return 1; }
};

/// Options without limits, times and retries.
inline AsyncOptions plain() { return {.concurrent_max = 1000, .timeout = std::chrono::seconds(0), .retries_max = 0}; }

template <class Call, class... Args>
auto map_async(const Collection<int, std::int64_t>& source, Call call, const AsyncOptions& options,
               const Args&... args) {
  return detail::make_map_async(source, call, options, std::tuple<detail::Stored<Args>...>(args...));
}

using Contents = std::map<int, std::vector<std::int64_t>>;

template <class Key, class Value> std::map<Key, std::vector<Value>> contents_of(const Collection<Key, Value>& rows) {
  std::map<Key, std::vector<Value>> contents;
  rows.for_each([&](const Key& key, const auto& values) { contents[key] = values.to_vector(); });
  return contents;
}

template <class View> RowError error_of(const View& view, const std::string& key) {
  const auto errors = view.errors();
  const RowError* error = errors.get(key);
  return error == nullptr ? RowError() : *error;
}
template <class View> Pending pending_of(const View& view, int key) {
  const auto pending = view.pending();
  const Pending* row = pending.get(key);
  return row == nullptr ? Pending() : *row;
}

}  // namespace freshet::testing
