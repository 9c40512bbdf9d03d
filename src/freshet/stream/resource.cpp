// SPDX-License-Identifier: MIT
#include "freshet/stream/resource.hpp"

#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet::stream {
namespace {

tl::unexpected<Error> cannot_build(const ResourceDefinition& resource, std::string what) {
  return fail(ErrorCode::internal, "the resource " + resource.name + " cannot be built", std::move(what));
}

}  // namespace

Result<Parameters> read_parameters(const ResourceDefinition& resource, std::string_view json) {
  Parameters parameters{AnyObject(*resource.params), {}};
  const bool blank = json.find_first_not_of(" \t\r\n") == std::string_view::npos;
  auto done = codec::decode_json(*resource.params, parameters.object.get(), blank ? "{}" : json);
  if (done) done = codec::encode_json(*resource.params, parameters.object.get(), parameters.canonical);
  if (!done) return fail(std::move(done.error()));
  return parameters;
}

Result<Readable> build_source(const ResourceDefinition& resource, const AnyObject& params, const Caller& caller,
                              AccessRules& access, Graph& graph) {
  FRESHET_ASSERT(params.type() == *resource.params);
  try {
    const Graph::InstanceScope scope(graph);
    // What is built is shared by equal callers, whose tokens expire at different times.
    Caller bound = caller;
    bound.expires_at.reset();
    auto readable = access.readable(resource.name, resource.build(bound, params.get()), bound);
    if (readable) readable->personal = readable->personal || resource.per_caller;
    return readable;
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& error) {
    return cannot_build(resource, error.what());
  } catch (...) {
    return cannot_build(resource, "it threw something that is not a std::exception");
  }
}

}  // namespace freshet::stream
