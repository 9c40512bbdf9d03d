// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "freshet/net/caller.hpp"
#include "freshet/net/http.hpp"

namespace freshet::service {

/// 415 if the request has a body that says it is something else than JSON; what `curl -d` says by itself is let pass.
std::optional<net::Response> refuse_unless_json(const net::Request& request);

/// problem+json for what was asked: as Response::problem(), but where something is forbidden to one who has not said
/// who he is, a 401 that asks him to.
net::Response refusal(const net::Request& request, const Error& error);
net::Response refusal(const Caller& caller, const Error& error);

/// A JSON answer that no cache may keep: it is about this moment.
net::Response json_now(std::string body);

}  // namespace freshet::service
