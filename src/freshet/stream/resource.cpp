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

Result<std::unique_ptr<Source>> build_source(const ResourceDefinition& resource, const AnyObject& params,
                                             Graph& graph) {
  FRESHET_ASSERT(params.type() == *resource.params);
  try {
    const Graph::InstanceScope scope(graph);
    return resource.build(params.get());
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& error) {
    return cannot_build(resource, error.what());
  } catch (...) {
    return cannot_build(resource, "it threw something that is not a std::exception");
  }
}

}  // namespace freshet::stream
