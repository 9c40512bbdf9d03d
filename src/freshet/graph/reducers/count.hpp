// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace freshet {

namespace detail {

struct CountReducer {
  template <class Value> struct For {
    using State = std::int64_t;
    static void add(State& state, const Value&) { ++state; }
    static void remove(State& state, const Value&) { --state; }
    static std::int64_t result(const State& state) { return state; }
  };
};

}  // namespace detail

using Count = detail::CountReducer;

/// How many values a key has, as int64.
constexpr Count count() { return {}; }

}  // namespace freshet
