// SPDX-License-Identifier: MIT
#include "freshet/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace freshet::detail {

void abort_with_assertion(std::string_view expression, const std::string& operands, const char* file, int line) {
  std::string message = std::string(file) + ":" + std::to_string(line) + ": assertion failed: ";
  message += expression;
  if (!operands.empty()) message += "\n  with " + operands;
  message += '\n';
  std::fputs(message.c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

void append_operand(std::string& out, bool value) { out += value ? "true" : "false"; }
void append_operand(std::string& out, long long value) { out += std::to_string(value); }
void append_operand(std::string& out, unsigned long long value) { out += std::to_string(value); }

void append_operand(std::string& out, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  out += text;
}

void append_operand(std::string& out, std::string_view value) { ((out += '"').append(value)) += '"'; }

void append_operand(std::string& out, const void* value) {
  if (value == nullptr) {
    out += "nullptr";
    return;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%p", value);
  out += text;
}

}  // namespace freshet::detail
