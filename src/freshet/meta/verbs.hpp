// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/meta/verbs/as_of_join.hpp"
#include "freshet/meta/verbs/event_time.hpp"
#include "freshet/meta/verbs/iterate.hpp"
#include "freshet/meta/verbs/join.hpp"
#include "freshet/meta/verbs/key_by.hpp"
#include "freshet/meta/verbs/map_async.hpp"
#include "freshet/meta/verbs/order_by.hpp"
#include "freshet/meta/verbs/rows.hpp"
#include "freshet/meta/verbs/top.hpp"

/// The verbs of Collection that take functions. See collection.hpp for what each does.
///
/// Example: examples/temp_monitor/meta.cpp
