// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/stream/input_port.hpp"
#include "freshet/stream/resource.hpp"

namespace freshet::service {

/// What a service offers by name: resources to open, inputs to write to.
///
/// Filled while the program declares, constant while it serves.
class Catalog {
 public:
  using Resources = std::map<std::string, stream::ResourceDefinition, std::less<>>;
  using Inputs = std::map<std::string, std::unique_ptr<stream::InputPort>, std::less<>>;

  /// Errors: throws Failure if the name is taken or cannot stand in a path.
  void add(stream::ResourceDefinition resource);
  void add(std::unique_ptr<stream::InputPort> input);

  /// Errors: not_found.
  Result<const stream::ResourceDefinition*> resource(std::string_view name) const;
  Result<const stream::InputPort*> input(std::string_view name) const;

  const Resources& resources() const { return resources_; }
  const Inputs& inputs() const { return inputs_; }

 private:
  Resources resources_;
  Inputs inputs_;
};

}  // namespace freshet::service
