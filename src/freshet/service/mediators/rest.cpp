// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/rest.hpp"

#include "freshet/codec/json.hpp"
#include "freshet/service/internal/view_routes.hpp"

namespace freshet::mediators {

Result<void> read_body(const RestRequest& request, const Type& type, void* object) {
  return codec::decode_json(type, object, request.body);
}

Result<AnyObject> read_params(const RestRequest& request, const Type& type) {
  return service::read_query_params(type, request.query);
}

}  // namespace freshet::mediators
