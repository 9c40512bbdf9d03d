// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/service/mediators/mediators.hpp"
#include "freshet/store/store.hpp"

namespace fluttergram {

/// Lets a user with followers post while the mediators run, and prints the followers' feeds. The program's exit status.
int tell(const freshet::Store& store, freshet::Mediators& mediators);

}  // namespace fluttergram
