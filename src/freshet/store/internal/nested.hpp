// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/type.hpp"
#include "freshet/store/row.hpp"

namespace freshet::store {

/// Calls `each(type, object)` for every object that `object` carries in its Nested references, those within them first;
/// once for each document, and not for `object` itself. Errors: the first of `each`; too_large beyond the depth that
/// documents may nest.
Result<void> visit_nested(const Type& type, const void* object,
                          const std::function<Result<void>(const Type&, const void*)>& each);

/// Fills Nested references breadth-first: the documents of a whole level are asked for at once, each of them once.
class NestedLoader {
 public:
  using GetMany =
      std::function<Result<std::vector<std::optional<Row>>>(const Type& target, std::vector<std::string> ids)>;

  explicit NestedLoader(GetMany get_many) : get_many_(std::move(get_many)) {}

  Result<void> load(const Type& type, std::span<void* const> objects, std::size_t depth_max);

 private:
  using Place = std::pair<const Type*, std::string>;

  Result<void> fetch(std::vector<Place> wanted, std::vector<Place>& next);
  void fill(const Type& type, void* object, std::size_t depth);
  const AnyObject* filled(const Place& place, std::size_t depth);

  GetMany get_many_;
  std::map<Place, std::unique_ptr<AnyObject>> found_;  // null where there is no such document
  // What is within an object depends on how deep it lies, where references go in circles.
  std::map<std::pair<Place, std::size_t>, std::unique_ptr<AnyObject>> filled_;
};

}  // namespace freshet::store
