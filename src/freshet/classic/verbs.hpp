// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/classic/verbs/as_of_join.hpp"
#include "freshet/classic/verbs/event_time.hpp"
#include "freshet/classic/verbs/iterate.hpp"
#include "freshet/classic/verbs/join.hpp"
#include "freshet/classic/verbs/key_by.hpp"
#include "freshet/classic/verbs/map_async.hpp"
#include "freshet/classic/verbs/order_by.hpp"
#include "freshet/classic/verbs/rows.hpp"
#include "freshet/classic/verbs/top.hpp"

/// The verbs of Collection that take mapper classes. See collection.hpp for what each does.
///
/// Example: examples/temp_monitor/classic.cpp
