// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/model/describe.hpp"

namespace freshet::bench {

/// The row that is written and delivered, as rows.hpp has it: which write of its key it is, in which tick, and a text.
struct Written {
  std::uint64_t n{};
  std::uint64_t t{};
  std::string x;
  bool operator==(const Written&) const = default;
};

constexpr auto describe(freshet::of<Written>) {
  return freshet::model("written", freshet::field<&Written::n>(), freshet::field<&Written::t>(),
                        freshet::field<&Written::x>());
}

/// Which part of the table a client follows.
struct Window {
  std::uint64_t number{};
};

constexpr auto describe(freshet::of<Window>) { return freshet::model("window", freshet::field<&Window::number>()); }

}  // namespace freshet::bench
