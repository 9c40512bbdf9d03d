// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/service/mediators/trigger.hpp"

namespace freshet {

/// What a mediator could not do, kept until somebody looks: a document of `freshet_dead_letters`.
struct DeadLetter {
  enum class State : std::uint8_t {
    dead,      ///< Nobody tries it any more.
    requeued,  ///< Somebody asked for it to be tried again.
  };

  std::string id;
  std::string mediator;
  /// Its path.
  std::string document;
  Trigger trigger = Trigger::create;
  /// The document as JSON: as it was handled, or as it was before it went.
  std::string content;
  /// Which of the collection's models it is.
  std::string obj_type;
  std::int64_t attempts = 0;
  Timestamp failed_at{};
  /// Why the last attempt failed.
  std::string error;
  State state = State::dead;
};
constexpr auto describe(of<DeadLetter::State>) {
  using enum DeadLetter::State;
  return enumeration<dead, requeued>("dead_letter_state");
}
constexpr auto describe(of<DeadLetter>) {
  return model("freshet_dead_letters", key<&DeadLetter::id>(), field<&DeadLetter::mediator>(),
               field<&DeadLetter::document>(), field<&DeadLetter::trigger>(), field<&DeadLetter::content>(),
               field<&DeadLetter::obj_type>(), field<&DeadLetter::attempts>(), field<&DeadLetter::failed_at>(),
               field<&DeadLetter::error>(), field<&DeadLetter::state>());
}

}  // namespace freshet
