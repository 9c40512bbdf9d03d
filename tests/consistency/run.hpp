// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "consistency/case.hpp"

namespace freshet::consistency {

/// Runs a case and compares, after each commit, every view with what the oracle makes of the inputs: contents and their
/// order, errors, what subscribers were told, how often functions were called, and that a refused commit left no trace.
/// At the end the same rows, come in another order, must give the same. What is wrong first; nothing if all is well.
std::optional<std::string> failure_of(const Case& what, const Verbs& verbs);

}  // namespace freshet::consistency
