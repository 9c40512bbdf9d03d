// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/following.hpp"

#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/transact.hpp"

namespace freshet::mediators {

Following::Following(std::string mediator, std::chrono::milliseconds lease, const Clock& clock)
    : mediator_(std::move(mediator)), owner_(random_token()), lease_(lease), clock_(clock) {}

Result<bool> Following::take(store::Backend& backend) {
  bool taken = false;
  std::optional<std::string> position;
  auto done = write_and_wait(backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    auto known = get_record<Place>(transaction, mediator_);
    if (!known) return fail(std::move(known.error()));
    const Timestamp now = clock_.now();
    taken = !*known || (*known)->owner.empty() || (*known)->owner == owner_ || (*known)->lease_until <= now;
    if (!taken) return {};
    position = *known ? (*known)->position : std::nullopt;
    return put_record(transaction, Place{mediator_, position, owner_, now + lease_});
  });
  if (!done) return fail(std::move(done.error()));
  position_ = taken && position ? std::optional(store::Position{std::move(*position)}) : std::nullopt;
  return taken;
}

Result<void> Following::advance(store::BackendTransaction& transaction,
                                const std::optional<store::Position>& position) const {
  auto known = get_record<Place>(transaction, mediator_);
  if (!known) return fail(std::move(known.error()));
  if (!*known || (*known)->owner != owner_) {
    return fail(ErrorCode::refused, "another process follows for '" + mediator_ + "' by now");
  }
  Place place = std::move(**known);
  if (position) place.position = position->text;
  place.lease_until = clock_.now() + lease_;
  return put_record(transaction, place);
}

Result<void> Following::give_back(store::Backend& backend) {
  return write_and_wait(backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    auto known = get_record<Place>(transaction, mediator_);
    if (!known) return fail(std::move(known.error()));
    if (!*known || (*known)->owner != owner_) return {};
    (*known)->owner.clear();
    return put_record(transaction, **known);
  });
}

}  // namespace freshet::mediators
