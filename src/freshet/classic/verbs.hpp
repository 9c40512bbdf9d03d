// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/classic/verbs/event_time.hpp"
#include "freshet/classic/verbs/key_by.hpp"
#include "freshet/classic/verbs/rows.hpp"

/// The verbs of Collection that take mapper classes. See collection.hpp for what each does.
///
/// Example: examples/temp_monitor/classic.cpp
