// SPDX-License-Identifier: MIT
#pragma once

#include "consistency/case.hpp"

namespace freshet::consistency {

// The verbs by kind; all_verbs() has them all. Each beside a naive recomputation that shares nothing with the engine
// but the user's functions.
Verbs row_verbs();
Verbs reduce_verbs();
Verbs join_verbs();
Verbs set_verbs();
Verbs order_verbs();

}  // namespace freshet::consistency
