// SPDX-License-Identifier: MIT
#include "alert_log.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/codec/json_writer.hpp"

namespace temp_monitor {
namespace {

using freshet::Result;
using freshet::codec::JsonReader;
using freshet::codec::JsonToken;

/// Newer services may send more than this client knows.
constexpr freshet::DecodeOptions kLenient{.limits = {}, .ignore_unknown_fields = true};

struct Look {
  std::string_view name;
  std::string_view colour;
};

Look look_of(Level level) {
  switch (level) {
    case Level::low:
      return {"low", "\033[34m"};
    case Level::high:
      return {"high", "\033[33m"};
    case Level::critical:
      return {"critical", "\033[31m"};
    case Level::normal:
      break;
  }
  return {"normal", "\033[32m"};
}

/// What a service sends cannot move the cursor or colour the screen.
std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return result;
}

/// One `[key, [values...]]`; the reader stands on its first bracket, and at the end on its last.
Result<void> read_row(JsonReader& reader, std::map<std::string, SensorAlert, std::less<>>& alerts) {
  if (reader.token() != JsonToken::begin_list) return reader.wrong("a row: [sensor, [alert]]");
  reader.next();
  const auto key = reader.string();
  if (!key) return freshet::fail(key.error());
  const std::string sensor(*key);
  if (auto begun = reader.expect(JsonToken::begin_list); !begun) return begun;
  if (reader.next() == JsonToken::end_list) {
    alerts.erase(sensor);
  } else {
    SensorAlert alert;
    if (auto read = freshet::codec::decode_json(freshet::type_of<SensorAlert>(), &alert, reader, kLenient); !read) {
      return read;
    }
    alerts.insert_or_assign(sensor, std::move(alert));
    if (auto ended = reader.expect(JsonToken::end_list); !ended) return ended;
  }
  return reader.expect(JsonToken::end_list);
}

/// Applies rows to what was known.
Result<void> read_rows(std::string_view text, std::map<std::string, SensorAlert, std::less<>>& alerts) {
  JsonReader reader(text);
  if (auto begun = reader.expect(JsonToken::begin_list); !begun) return begun;
  while (reader.next() != JsonToken::end_list) {
    if (auto row = read_row(reader, alerts); !row) return row;
  }
  return reader.expect(JsonToken::end);
}

struct RowFailure {
  std::string key;
  std::optional<std::string> error;
};
constexpr auto describe(freshet::of<RowFailure>) {
  return freshet::model("row_failure", freshet::field<&RowFailure::key>(), freshet::field<&RowFailure::error>());
}

Result<AlertLog::Lines> lines_of_failures(std::string_view data) {
  const auto failures = freshet::from_json<std::vector<RowFailure>>(data, kLenient);
  if (!failures) return freshet::fail(failures.error());
  AlertLog::Lines lines;
  for (const auto& [key, error] : *failures) lines.push_back(printable(key + ": " + error.value_or("well again")));
  return lines;
}

}  // namespace

Result<AlertLog::Lines> AlertLog::take(const freshet::codec::SseEvent& event) {
  if (event.type == "init") return take_all(event.data);
  if (event.type == "error") return lines_of_failures(event.data);
  if (event.type != "update") return Lines();
  Alerts alerts = alerts_;
  if (auto read = read_rows(event.data, alerts); !read) return freshet::fail(std::move(read.error()));
  return replace_with(std::move(alerts));
}

Result<AlertLog::Lines> AlertLog::take_all(std::string_view rows) {
  Alerts alerts;
  if (auto read = read_rows(rows, alerts); !read) return freshet::fail(std::move(read.error()));
  return replace_with(std::move(alerts));
}

AlertLog::Lines AlertLog::replace_with(Alerts alerts) {
  std::swap(alerts_, alerts);
  const Alerts& before = alerts;
  Lines lines;
  for (const auto& [sensor, alert] : before) {
    if (!alerts_.contains(sensor)) lines.push_back(printable(sensor) + " is gone");
  }
  for (const auto& [sensor, alert] : alerts_) {
    const auto was = before.find(sensor);
    if (was == before.end() || !freshet::equal(was->second, alert)) lines.push_back(line_of(sensor, alert));
  }
  return lines;
}

std::string AlertLog::line_of(const std::string& sensor, const SensorAlert& alert) const {
  const Look look = look_of(alert.level);
  char columns[160];
  std::snprintf(columns, sizeof columns, "%-10.40s %-12.40s %6.1f °C  %-8s  ", printable(sensor).c_str(),
                printable(alert.place).c_str(), alert.celsius, look.name.data());
  std::string range = "(";
  bool is_finite = freshet::codec::append_json_number(range, alert.normal.low);
  range += " to ";
  is_finite = freshet::codec::append_json_number(range, alert.normal.high) && is_finite;
  range += ")";
  std::string line = columns + (is_finite ? range : std::string());
  return is_coloured_ ? std::string(look.colour) + line + "\033[0m" : line;
}

}  // namespace temp_monitor
