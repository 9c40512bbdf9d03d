// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/model/describe.hpp"

namespace freshet::bench {

/// The row that is written and delivered: which write it is, and when it was due.
struct Tick {
  std::uint64_t number{};
  std::int64_t due_ns{};
  std::string text;
  bool operator==(const Tick&) const = default;
};

constexpr auto describe(freshet::of<Tick>) {
  return freshet::model("tick", freshet::field<&Tick::number>(), freshet::field<&Tick::due_ns>(),
                        freshet::field<&Tick::text>());
}

}  // namespace freshet::bench
