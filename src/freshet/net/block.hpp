// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace freshet::net {

/// Immutable bytes in their wire form, encoded once and shared by everyone they are sent to.
///
/// The owners are whoever encoded it and each connection that has not sent all of it yet; the last one frees it.
using Block = std::shared_ptr<const std::string>;

inline Block make_block(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

}  // namespace freshet::net
