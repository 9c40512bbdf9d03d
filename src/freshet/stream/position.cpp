// SPDX-License-Identifier: MIT
#include "freshet/stream/position.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::stream {
namespace {

bool is_epoch_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/// Takes a number off the front of `text`. False if there is none, or not in the form that it is written in.
template <class Number> bool take_number(std::string_view& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const auto length = static_cast<std::size_t>(stop - text.data());
  if (error != std::errc() || length == 0 || (length > 1 && text.front() == '0')) return false;
  text.remove_prefix(length);
  return true;
}

/// `<version>[.<part>][e]`, to the end.
ResumePoint parse_position(std::string_view text) {
  ResumePoint point;
  if (!take_number(text, point.position.version)) return {};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_number(text, point.position.part) || point.position.part == 0) return {};
  }
  point.kind = ResumePoint::Kind::position;
  if (text == "e") {
    point.kind = ResumePoint::Kind::incomplete;
    text = {};
  }
  return text.empty() ? point : ResumePoint();
}

}  // namespace

EventIds::EventIds(std::string epoch) : epoch_(std::move(epoch)) {
  FRESHET_ASSERT(!epoch_.empty() && epoch_.size() <= kEpochBytesMax && std::ranges::all_of(epoch_, is_epoch_byte));
}

std::string EventIds::id(Position position) const {
  std::string id = epoch_;
  (id += '-') += std::to_string(position.version);
  if (position.part != 0) (id += '.') += std::to_string(position.part);
  return id;
}

ResumePoint EventIds::parse(std::string_view id) const {
  if (id.size() > kIdBytesMax) return {};
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const ResumePoint point = parse_position(id.substr(dash + 1));
  const bool well_formed = std::ranges::all_of(id.substr(0, dash), is_epoch_byte);
  if (!well_formed || point.kind == ResumePoint::Kind::garbled) return {};
  if (id.substr(0, dash) != epoch_) return {ResumePoint::Kind::foreign, {}};
  return point;
}

}  // namespace freshet::stream
