// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "freshet/model/describe.hpp"

namespace freshet {

/// Which rows of a sorted view to show: `limit` rows behind the first `offset`; all of them without a limit.
///
/// A described struct, so that an input of pages can be served: clients then turn theirs by writing to it.
struct PageOptions {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> limit{};

  bool operator==(const PageOptions&) const = default;
};

constexpr auto describe(of<PageOptions>) {
  return model("page", field<&PageOptions::offset>(optional), field<&PageOptions::limit>());
}

}  // namespace freshet
