// SPDX-License-Identifier: MIT
#include "freshet/store/cell.hpp"

#include "freshet/base/assert.hpp"
#include "freshet/model/compare.hpp"

namespace freshet::store {
namespace {

struct CompareCells {
  const Cell& right;

  std::weak_ordering operator()(std::monostate) const { return std::weak_ordering::equivalent; }
  std::weak_ordering operator()(const Json& left) const { return left.text <=> std::get<Json>(right).text; }
  template <class T> std::weak_ordering operator()(const T& left) const {
    return freshet::compare(left, std::get<T>(right));
  }
};

}  // namespace

std::weak_ordering compare(const Cell& left, const Cell& right) {
  if (is_null(left) || is_null(right)) return !is_null(left) <=> !is_null(right);
  FRESHET_ASSERT(left.index() == right.index());
  return std::visit(CompareCells{right}, left);
}

}  // namespace freshet::store
