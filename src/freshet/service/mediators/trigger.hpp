// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "freshet/model/enumeration.hpp"

namespace freshet {

/// What happened to a document, as seen by who follows a query.
enum class Trigger : std::uint8_t {
  create,  ///< It fulfils the query: it is new, or was changed so that it does now.
  update,  ///< It fulfilled the query before and still does.
  remove,  ///< It fulfilled the query and was deleted.
  leave,   ///< It fulfilled the query and is still there, but does not any more.
};
constexpr auto describe(of<Trigger>) {
  using enum Trigger;
  return enumeration<create, update, remove, leave>("trigger");
}
inline constexpr std::array kTriggers{Trigger::create, Trigger::update, Trigger::remove, Trigger::leave};

/// How a mediator works, and with it what it promises.
enum class MediatorMode : std::uint8_t {
  rest,        ///< At most once: a request, a handler, an answer.
  query,       ///< At least once, in order per document: a place in the feed is kept in the store.
  query_task,  ///< Exactly once: the outcome and the mark that it was done are one transaction.
  stream,      ///< At most once, at once: from a feed to those who read a stream.
  document,    ///< At least once: views as documents, changes to them as documents.
};
constexpr auto describe(of<MediatorMode>) {
  using enum MediatorMode;
  return enumeration<rest, query, query_task, stream, document>("mediator_mode");
}

}  // namespace freshet
