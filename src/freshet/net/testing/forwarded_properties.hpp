// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::net::testing {

/// Asserts what holds for all bytes whatsoever, taken as what a proxy says of a client: what is read of it has as many
/// hops as are allowed, written down again it is read as the same, and what stands before it in the list changes
/// nothing of it.
void check_forwarded(std::string_view bytes);

}  // namespace freshet::net::testing
