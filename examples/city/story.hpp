// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/service/mediators/mediators.hpp"
#include "freshet/store/store.hpp"

namespace city {

/// Runs the mediators while somebody writes a city and somebody else fills in a form, and prints the documents that
/// come of it. The program's exit status.
int tell(const freshet::Store& store, freshet::Mediators& mediators);

}  // namespace city
