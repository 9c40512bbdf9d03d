// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/definition.hpp"

#include <exception>
#include <ranges>
#include <string>

namespace freshet::mediators {
namespace {

Result<void> call_all(const Definition& definition, const Handler& handler, const Call& call) {
  for (const Handler& before : definition.before_call) {
    if (auto done = before(call); !done) return done;
  }
  if (auto done = handler(call); !done) return done;
  for (const Handler& after : definition.after_call | std::views::reverse) {
    if (auto done = after(call); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> call(const Definition& definition, const Call& call) {
  const Handler& handler = definition.handler(call.event.trigger);
  if (!handler) return {};
  try {
    return call_all(definition, handler, call);
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& error) {
    return fail(ErrorCode::internal, "the handler of '" + definition.name + "' threw", error.what());
  } catch (...) {
    return fail(ErrorCode::internal, "the handler of '" + definition.name + "' threw", "something that says nothing");
  }
}

}  // namespace freshet::mediators
