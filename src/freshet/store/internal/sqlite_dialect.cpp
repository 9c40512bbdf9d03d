// SPDX-License-Identifier: MIT
// What is SQLite's own in SQL.
#include <array>
#include <cstdint>
#include <cstdio>

#include "freshet/store/internal/sql_text.hpp"

namespace freshet::store::sql {
namespace {

struct SqliteLiteral {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "1" : "0"; }
  std::string operator()(std::int64_t value) const {
    // The smallest integer would be read as a negated number that is too large.
    if (value == INT64_MIN) return "(-9223372036854775807 - 1)";
    return std::to_string(value);
  }
  std::string operator()(double value) const {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%.17g", value);
    const std::string text = digits.data();
    if (text.find("inf") != std::string::npos) return value > 0 ? "9e999" : "-9e999";
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(const std::string& value) const { return text_literal(value); }
  std::string operator()(Timestamp value) const { return (*this)(std::int64_t{value.time_since_epoch().count()}); }
  std::string operator()(const Json& value) const { return text_literal(value.text); }
};

std::string sqlite_literal(const Cell& cell) { return std::visit(SqliteLiteral(), cell); }

/// A cell as JSON that json_each() reads back as the value that SQLite keeps for it.
struct SqliteJson {
  void operator()(const std::string& value) const {
    out += '"';
    for (const char c : value) {
      std::array<char, 8> escape{};
      if (static_cast<unsigned char>(c) < 0x20U) {
        std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
        out += escape.data();
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  void operator()(const Json& value) const { (*this)(value.text); }
  void operator()(std::monostate) const { out += "null"; }
  template <class T> void operator()(const T& value) const { out += SqliteLiteral()(value); }

  std::string& out;
};

// SQLite takes some 32 thousand parameters, and the cache of statements few lengths of lists.
std::string sqlite_in_many(const std::string& column, const Cells& operands, const Parameter& parameter) {
  std::string list = "[";
  for (const Cell& operand : operands) {
    if (list.size() > 1) list += ',';
    if (std::get_if<std::int64_t>(&operand) != nullptr) {
      list += std::to_string(std::get<std::int64_t>(operand));
    } else {
      std::visit(SqliteJson{list}, operand);
    }
  }
  return column + " IN (SELECT value FROM json_each(" + parameter(list + "]") + "))";
}

std::string sqlite_contains(const std::string& column, const Cell& element, const Parameter& parameter) {
  std::string condition;
  if (const bool* truth = std::get_if<bool>(&element)) {
    condition = "type = " + parameter(std::string(*truth ? "true" : "false"));
  } else {
    std::string types = "type = 'integer'";
    if (std::holds_alternative<std::string>(element)) types = "type = 'text'";
    // JSON does not tell 21 from 21.0.
    if (std::holds_alternative<double>(element)) types = "type IN ('integer', 'real')";
    condition = types + " AND value = " + parameter(element);
  }
  return "EXISTS (SELECT 1 FROM json_each(" + column + ") WHERE " + condition + ")";
}

}  // namespace

constinit const Dialect kSqlite = {
    .parameter_sign = '?',
    .types = {"INTEGER", "INTEGER", "REAL", "TEXT", "INTEGER", "TEXT"},
    .table_suffix = " STRICT",
    .revision_default = "0",
    .now_default = "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000)",
    .has_not_null = false,
    .orders_nulls_first = true,
    .literal = sqlite_literal,
    .in_parameters_max = 100,
    .in_many = sqlite_in_many,
    .contains = sqlite_contains,
};

}  // namespace freshet::store::sql
