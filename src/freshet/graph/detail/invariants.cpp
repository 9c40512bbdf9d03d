// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/core.hpp"

namespace freshet::detail {
namespace {

/// How many rows may be looked at for each time that a node is touched. Nodes of so many are checked every time, larger
/// ones when they have been touched often enough, so that the cost of a commit does not grow with the collections.
constexpr std::size_t kRowsPerTouch = 1000;

}  // namespace

void Core::check_touched() const {
  for (const NodeBase* node : touched_) {
    // A check compares a node with its parents.
    std::size_t rows = node->row_count();
    for (const auto& parent : node->parents()) rows += parent->row_count();
    node->unchecked_rows_ += kRowsPerTouch;
    if (node->unchecked_rows_ < rows) continue;
    node->unchecked_rows_ = 0;
    if (const auto wrong = node->invariant()) {
      abort_with_assertion("'" + node->name() + "' (" + node->kind() + ") " + *wrong, "", __FILE__, __LINE__);
    }
  }
}

}  // namespace freshet::detail
