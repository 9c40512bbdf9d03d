// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "consistency/case.hpp"

namespace freshet::consistency {

/// Makes a failing case small: takes away commits, views, writes and values as long as `fails` still holds. Ends after
/// a bounded number of attempts. Requires: fails(what).
Case shrink(Case what, const std::function<bool(const Case&)>& fails);

}  // namespace freshet::consistency
