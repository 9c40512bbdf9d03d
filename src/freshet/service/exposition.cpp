// SPDX-License-Identifier: MIT
#include "freshet/service/exposition.hpp"

namespace freshet::service {
namespace {

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
