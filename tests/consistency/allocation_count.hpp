// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace freshet::consistency {

/// How often this program has called operator new.
std::size_t allocation_count();

}  // namespace freshet::consistency
