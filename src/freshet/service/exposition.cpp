// SPDX-License-Identifier: MIT
#include "freshet/service/exposition.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace freshet::service {
namespace {

std::string seconds_text(std::chrono::nanoseconds time) {
  std::array<char, 32> digits{};
  const double seconds = std::chrono::duration<double>(time).count();
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), seconds).ptr};
}

/// Label values escape backslash, line feed and the quote; help texts the first two.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (quoted && c == '"')) out += '\\';
      out += c;
    }
  }
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::histogram(std::string_view name, std::string_view help, const DurationHistogram& durations) {
  begin(name, help, "histogram");
  const std::string family = std::move(name_);
  name_ = family + "_bucket";
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < durations.buckets().size(); ++at) {
    count += durations.buckets()[at];
    const bool is_last = at == DurationHistogram::kBounds.size();
    sample(count, {{"le", is_last ? "+Inf" : seconds_text(DurationHistogram::kBounds[at])}});
  }
  name_ = family + "_sum";
  add(seconds_text(durations.sum()), {});
  name_ = family + "_count";
  sample(count);
}

void Exposition::add(std::string_view value, Labels labels) {
  text_ += name_;
  if (labels.size() != 0) {
    char before = '{';
    for (const auto& [name, label_value] : labels) {
      text_.append(1, before).append(name).append("=\"");
      append_escaped(text_, label_value, true);
      text_ += '"';
      before = ',';
    }
    text_ += '}';
  }
  text_.append(" ").append(value).append("\n");
}

}  // namespace freshet::service
