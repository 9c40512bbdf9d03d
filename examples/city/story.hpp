// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "freshet/service/mediators/mediators.hpp"
#include "freshet/store/store.hpp"

namespace city {

/// Runs the mediators while somebody writes a city and somebody else fills in a form, and prints the documents that
/// come of it. The program's exit status.
int tell(const freshet::Store& store, freshet::Mediators& mediators);

/// The store that `--store URL` names; in memory without it. Prints what is wrong and gives none if there is none.
std::optional<freshet::Store> open_store(int argc, char** argv);

}  // namespace city
