// SPDX-License-Identifier: MIT
#pragma once

namespace freshet {
class Service;
class Mediators;
}  // namespace freshet

namespace freshet::mediators {

/// GET /v1/mediators; and where the service shows its graph, since they show documents, the dead letters.
/// Requires: both outlive the answers.
void add_mediator_routes(Service& service, const Mediators& mediators);

}  // namespace freshet::mediators
