// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/base/result.hpp"
#include "freshet/store/store.hpp"

namespace meeting_room {

/// Makes the tables, and in a store that has no meeting yet the first one: three people in La Jolla.
freshet::Result<void> prepare(freshet::Store& store);

}  // namespace meeting_room
