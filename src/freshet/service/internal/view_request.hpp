// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/service/detail/view_port.hpp"

namespace freshet::service {

/// What a PATCH asks for, checked as far as the request alone tells.
struct Patch {
  struct Item {
    const Setter* setter;
    AnyObject value;
  };
  std::vector<Item> items;

  /// Where in the request an attribute stands: "$.title".
  static std::string path_of(const Setter& setter);
  /// The row as it would be with the values of the request in place of its own.
  AnyObject applied_to(AnyObject row) const;
};

/// Reads `{"attribute": value, ...}`. Errors: unknown, read-only, repeated and ill-typed attributes, by name.
Result<Patch> read_patch(const ViewPort& view, std::string_view body);

/// Parameters from a query string: `status=in-session&limit=3`.
Result<AnyObject> read_query_params(const Type& params, std::string_view query);

/// A row as clients see it.
Result<std::string> json_of(const AnyObject& row);

}  // namespace freshet::service
