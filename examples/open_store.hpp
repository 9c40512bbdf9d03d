// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "freshet/store/store.hpp"

/// The store that `--store URL` names; in memory without it. Prints what is wrong and gives none if there is none. For
/// examples that serve nobody: those that do have more options (serve_views.hpp).
std::optional<freshet::Store> open_store(int argc, char** argv);
