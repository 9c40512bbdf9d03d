// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "freshet/service/remote/upstreams.hpp"

/// Collections of other servers: `upstreams.follow<std::string, Reading>(url, "readings")`.
///
/// Example: examples/chain/meta.cpp
namespace freshet {

template <class Key, class Value, class Params>
RemoteCollection<Key, Value> Upstreams::follow(std::string url, std::string resource, const Params& params,
                                               RemoteOptions options) {
  constexpr bool described_params = std::is_class_v<Params> && (described<Params> || self_described<Params>);
  static_assert(described_params,
                "Freshet: the parameters of a resource are a described struct; give it a constexpr "
                "describe(of<Params>) or derive it from Record");
  return add<Key, Value>(std::move(url), std::move(resource), params, std::move(options));
}

}  // namespace freshet
