// SPDX-License-Identifier: MIT
#pragma once

namespace freshet::bench {

/// The value of a row that is all key.
struct Unit {
  bool operator==(const Unit&) const = default;
};

}  // namespace freshet::bench
