// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "freshet/store/backend.hpp"
#include "store/store_kind.hpp"

namespace freshet::bench {

/// How long changes took to be seen, from two moments on. Units: seconds.
struct Delays {
  std::vector<double> since_call;
  std::vector<double> since_commit;
};

/// So many writes at a rate, of documents `0..documents`.
struct Pace {
  std::uint64_t documents = 0;
  std::uint64_t count = 0;
  double per_second = 0;
};

/// Serves a view of the places over HTTP, by a loop in a thread of its own, follows it with one reader of server-sent
/// events on a socket in another, and writes to the store at that rate, whether or not the writes before are done:
/// what is timed begins when a write was due. The last is over when the reader has the bytes. Throws where one never
/// arrives.
Delays write_to_subscriber(store::Backend& backend, const Pace& pace);

/// The same by hand: commits, reads the change log and sends what it says over a socket to a thread that waits for it.
Delays write_to_socket(Floor& floor, const Pace& pace);

}  // namespace freshet::bench
