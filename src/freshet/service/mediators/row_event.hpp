// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "freshet/service/mediators/trigger.hpp"
#include "freshet/store/row.hpp"

namespace freshet::mediators {

/// One thing that happened to one document of a mediator's source.
struct RowEvent {
  Trigger trigger = Trigger::create;
  store::Key key{};
  /// The document before: empty for a create, and where the store's history was lost.
  std::optional<store::Row> before{};
  /// The document now: empty for a remove.
  std::optional<store::Row> after{};
  /// Of a dead letter that is tried again: its id.
  std::string letter{};
};

}  // namespace freshet::mediators
