// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::mediators {

/// A mediator's place in the feed, kept in the store, and the right to follow the feed for all processes that run it.
///
/// The right is a lease: who has it renews it, who went away without a word loses it after a while. What keeps two from
/// writing down their places is not the clock, though, but the transaction: it looks whose right it is.
class Following {
 public:
  /// `clock` is that of the machine; where several machines disagree, a right may change hands early, which costs time
  /// and nothing else.
  Following(std::string mediator, std::chrono::milliseconds lease, const Clock& clock);

  /// Takes the right, or renews it. False if somebody else has it.
  Result<bool> take(store::Backend& backend);
  /// Where to go on; unset: from the beginning. As it was when the right was taken.
  const std::optional<store::Position>& position() const { return position_; }

  /// Writes down a place, if there is one, and renews the right, as part of a transaction.
  /// Errors: refused if somebody else has the right by now.
  Result<void> advance(store::BackendTransaction& transaction, const std::optional<store::Position>& position) const;

  /// Lets others take the right at once. Does nothing if somebody has it already.
  Result<void> give_back(store::Backend& backend);

 private:
  const std::string mediator_;
  const std::string owner_;
  const std::chrono::milliseconds lease_;
  const Clock& clock_;
  std::optional<store::Position> position_;
};

}  // namespace freshet::mediators
