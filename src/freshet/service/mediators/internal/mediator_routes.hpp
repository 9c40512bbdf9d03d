// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "freshet/service/mediators/status.hpp"

namespace freshet {
struct Caller;
class Service;
class Mediators;
namespace service {
class Exposition;
}
}  // namespace freshet

namespace freshet::mediators {

/// GET /v1/mediators, and the dead letters. `may_look` says who may; without it all may see the list, and what shows
/// documents is there where the service shows its graph. Requires: both outlive the answers.
void add_mediator_routes(Service& service, const Mediators& mediators, std::function<bool(const Caller&)> may_look);

/// Writes for Prometheus what mediators do.
void add_mediator_figures(service::Exposition& out, const std::vector<MediatorStatus>& mediators);

}  // namespace freshet::mediators
