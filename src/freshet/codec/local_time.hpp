// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/model/describe.hpp"

namespace freshet {

namespace codec {

/// What clocks in `zone` ("America/Los_Angeles", of the IANA database) show at `time`: "2018-12-17T08:00:00", with as
/// many digits of the second as it has. In an hour that they show twice the offset from UTC follows, so that the text
/// still says which.
/// Errors: not_found for a zone that this machine does not know, out_of_range outside of the years 0000 to 9999.
/// Cost: a search in the zone's transitions; the first use of a zone reads its file.
Result<std::string> local_text(Timestamp time, std::string_view zone);

/// The other way round; takes texts with an offset, too. An hour that clocks show twice is taken as its first.
/// Errors: not_found for the zone, invalid_argument for any other text and for an hour that clocks leave out.
Result<Timestamp> parse_local_text(std::string_view text, std::string_view zone);

}  // namespace codec

/// A zone's name as a template argument.
template <std::size_t Size> struct ZoneName {
  // Implicit, so that a string literal is one.
  consteval ZoneName(const char (&name)[Size]) { std::copy_n(name, Size, text); }  // NOLINT(*-explicit-*)

  constexpr std::string_view view() const { return {text, Size - 1}; }

  char text[Size]{};
};

/// A point in time that documents and stores say as clocks in one named zone show it: `LocalTime<"Europe/Berlin">`.
///
/// Daylight saving follows the rules of the machine's zone database (Debian: tzdata).
/// Example: src/freshet/codec/local_time.test.cpp [local_time]
template <ZoneName Zone> struct LocalTime {
  Timestamp time{};

  Result<std::string> text() const { return codec::local_text(time, Zone.view()); }
  Result<void> set_text(const std::string& text) {
    const auto parsed = codec::parse_local_text(text, Zone.view());
    if (!parsed) return fail(parsed.error());
    time = *parsed;
    return {};
  }
};

template <ZoneName Zone> constexpr auto describe(of<LocalTime<Zone>>) {
  using Local = LocalTime<Zone>;
  return model("local_time", field<&Local::time>(), computed<&Local::text, &Local::set_text>(), unwrap<&Local::text>());
}

}  // namespace freshet
