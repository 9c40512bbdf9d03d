// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace freshet::bench {

/// What changing one of the documents costs that a row of a view is made of.
struct ReferenceCost {
  double seconds = 0;         ///< of the commit, the median
  double calls = 0;           ///< of the program's functions, for each change
  double changes = 0;         ///< rows of the graph that changed, for each change
  std::int64_t checksum = 0;  ///< of the row afterwards
};

/// A document that refers to `references` others, in a store in memory, and a view of it with the sum over all of
/// them, by a join; `count` times, one of them changes.
ReferenceCost change_one_joined(std::uint64_t references, std::uint64_t count);
/// The same with a mapper that reads all it refers to.
ReferenceCost change_one_read(std::uint64_t references, std::uint64_t count);
/// The same by hand: a table of the places, a table of who refers to which, a sum.
ReferenceCost change_one_by_hand(std::uint64_t references, std::uint64_t count);

}  // namespace freshet::bench
