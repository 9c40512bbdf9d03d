// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include "freshet/base/limits.hpp"
#include "freshet/net/http.hpp"

namespace freshet::net {

struct ResponseLimits {
  std::size_t head_bytes_max = kib(16);
  std::size_t header_fields_max = 100;
  /// Of a body, as it is after its chunks are joined; unset: as long as it likes, for streams that are used as they
  /// come.
  std::optional<Bytes> body_bytes_max = std::nullopt;
};

/// The head of a response.
struct ResponseHead {
  int status = 0;
  Headers headers;
};

}  // namespace freshet::net
