// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace freshet {

/// How often what fails is tried again: the delay doubles from `delay_min` to `delay_max`, and half of it is random, so
/// that many that failed together do not come back together.
struct RetryOptions {
  /// With the first one. What fails that often becomes a dead letter.
  std::size_t attempts_max = 5;
  std::chrono::milliseconds delay_min{50};
  std::chrono::milliseconds delay_max{5'000};
};

/// Every limit of one mediator.
struct MediatorOptions {
  /// How many documents are worked on at a time by this process; the events of one document never overlap.
  std::size_t workers = 1;
  /// Events that wait in memory; when there are more, the feed is held up.
  std::size_t events_max = 10'000;
  RetryOptions retry = {};
  /// How long a process that went away without a word keeps what it had: the right to follow the feed, claimed tasks.
  /// Also the time that one call of a task's handler may take before another worker tries.
  std::chrono::milliseconds lease{10'000};
  /// How often the place in the feed is written down. What was handled since is handled again after a crash.
  std::chrono::milliseconds checkpoint{100};
  /// How often a process looks for tasks that others queued or gave up.
  std::chrono::milliseconds poll{100};
};

/// Where a mediator of mode `rest` is to be found, and its limits.
struct RestOptions {
  /// "/cities": `POST /cities`, `GET /cities/{key}` and so on. Empty: "/v1/rest/{name}".
  std::string path = {};
  std::string doc = {};
  /// Requests that may be with the store; further ones are answered with 503.
  std::size_t requests_max = 1'000;
};

}  // namespace freshet
