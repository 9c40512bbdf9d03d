// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace freshet {

/// The dialect of Skip (`@skipruntime/helpers` and its like): the same resources, instances and inputs, for clients
/// that were written for it.
///
/// It has a port of its own, because its requests are ours and want other answers. Whoever asks there for a stream's
/// id reads the stream there or on the service's own port, as Skip's clients do, which know a control port and a
/// streaming port.
struct SkipOptions {
  /// What Skip's clients call the control port, on ServiceOptions::host; 0 takes a free one. Unset: nowhere.
  std::optional<std::uint16_t> control_port = std::nullopt;
};

}  // namespace freshet
