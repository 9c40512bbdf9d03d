// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "freshet/store/backend.hpp"
#include "store/store_kind.hpp"

namespace freshet::bench {

/// Fills an empty store with documents 0 to count - 1.
void fill(store::Backend& backend, std::uint64_t count);

/// So many writers, each with one transaction of `load.writes` writes under way, for so long. Returns writes a second.
double writes_per_second(store::Backend& backend, const Load& load);

/// One write after the other, each as soon as a feed has seen the one before: from the call to the feed's callback.
/// Units: seconds.
std::vector<double> write_to_feed(store::Backend& backend, std::uint64_t documents, std::uint64_t count);

/// Documents per second from opening a feed to the end of its snapshot.
double snapshot_rows_per_second(store::Backend& backend, std::uint64_t documents);

}  // namespace freshet::bench
