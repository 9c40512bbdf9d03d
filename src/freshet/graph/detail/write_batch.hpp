// SPDX-License-Identifier: MIT
#pragma once

#include <variant>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/detail/node.hpp"

namespace freshet::detail {

/// The writes of a transaction to one input, as the engine sees them.
class WriteBatch {
 public:
  virtual ~WriteBatch() = default;
  virtual const NodeBase& input() const = 0;
  virtual NodeBase& input() = 0;
  virtual bool empty() const = 0;
  virtual void clear() = 0;
  /// Runs the input's checks over the writes. Changes nothing.
  virtual Result<void> check() const = 0;
  /// Moves the writes into the input.
  virtual void apply() = 0;
};

/// One write: the values that a key shall have. None: the key goes.
template <class Key, class Value> struct Write {
  Key key;
  std::variant<std::monostate, Value, std::vector<Value>> values;
};

}  // namespace freshet::detail
