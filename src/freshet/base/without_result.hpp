// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/base/result.hpp"

namespace freshet::detail {

/// What a function gives when it does not fail: T of both T and Result<T>.
template <class T> struct WithoutResult { using type = T; };
template <class T> struct WithoutResult<Result<T>> { using type = T; };

}  // namespace freshet::detail
