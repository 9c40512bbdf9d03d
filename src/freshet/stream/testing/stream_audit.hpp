// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/codec/json.hpp"
#include "freshet/model/value.hpp"

/// What a client of a stream believes, for tests. Not installed.
namespace freshet::stream::testing {

/// Folds the events of one stream into rows and errors, over any number of connections, and notes whatever no stream
/// may do: an update before an init, an event twice, a key twice in one event, ids that go back.
class StreamAudit {
 public:
  using Rows = std::map<std::string, std::string>;  // the JSON of the key, and of its values
  using Errors = std::map<std::pair<std::string, std::string>, std::string>;

  void take(std::string_view event, std::string_view id, std::string_view data) {
    ++events_;
    if (event == "close") return;
    check_order(event, id);
    last_id_ = id;
    const auto parsed = from_json<Value>(data);
    if (!parsed || parsed->if_list() == nullptr) return complain("data that is no list", data);
    if (event == "init") {
      ++inits_;
      rows_.clear();
      errors_.clear();
      began_ = true;
    }
    if (!began_) return complain("an event before the first init", event);
    event == "error" ? fold_errors(*parsed->if_list()) : fold_rows(*parsed->if_list());
  }
  /// A line of an NDJSON stream, or one of the events that a long poll is answered with.
  void take_json(const Value& event) {
    const Value* id = event.find("id");
    const auto data = to_json(*event.find("data"));
    take(*event.find("event")->if_string(), id == nullptr ? "" : *id->if_string(), *data);
  }
  void take_line(std::string_view line) {
    if (!line.empty()) take_json(*from_json<Value>(line));
  }

  /// The rows in the form of a snapshot, without those that have no values.
  const Rows& rows() const { return rows_; }
  const Errors& errors() const { return errors_; }
  /// What to come back with; empty before the first event.
  const std::string& last_id() const { return last_id_; }
  int events() const { return events_; }
  int inits() const { return inits_; }
  /// What was wrong; empty if nothing.
  const std::string& complaints() const { return complaints_; }

  static Rows rows_of(std::string_view snapshot) {
    StreamAudit audit;
    audit.fold_rows(*from_json<Value>(snapshot)->if_list());
    return audit.rows_;
  }

 private:
  struct Place {
    std::uint64_t version = 0, part = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  static Place place_of(std::string_view id) {
    Place place;
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos) return place;
    const std::string numbers(id.substr(dash + 1));
    place.version = std::stoull(numbers);
    if (const std::size_t dot = numbers.find('.'); dot != std::string::npos) {
      place.part = std::stoull(numbers.substr(dot + 1));
    }
    return place;
  }
  static std::string_view epoch_of(std::string_view id) { return id.substr(0, id.find('-')); }

  void check_order(std::string_view event, std::string_view id) {
    if (id.empty()) return complain("an event without an id", event);
    if (event == "init" || last_id_.empty()) return;
    if (epoch_of(id) != epoch_of(last_id_)) return complain("another epoch without an init", id);
    // Errors may belong to an init or to a merged update, whose ids they share.
    const bool follows = event == "error" ? place_of(id) >= place_of(last_id_) : place_of(id) > place_of(last_id_);
    if (!follows) complain("an event that is doubled or out of order after " + last_id_, id);
  }
  void fold_rows(const Value::List& rows) {
    std::set<std::string> seen;
    for (const Value& row : rows) {
      const Value::List& pair = *row.if_list();
      const std::string key = to_json(pair.at(0)).value();
      if (!seen.insert(key).second) complain("a key twice in one event", key);
      if (pair.at(1).if_list()->empty()) {
        rows_.erase(key);
      } else {
        rows_[key] = to_json(pair[1]).value();
      }
    }
  }
  void fold_errors(const Value::List& errors) {
    for (const Value& error : errors) {
      const std::pair key(*error.find("node")->if_string(), *error.find("key")->if_string());
      if (error.find("error")->is_null()) {
        errors_.erase(key);
      } else {
        errors_[key] = *error.find("error")->if_string();
      }
    }
  }
  void complain(std::string_view what, std::string_view where) {
    ((complaints_ += what) += ": ") += where;
    complaints_ += '\n';
  }

  Rows rows_;
  Errors errors_;
  std::string last_id_;
  std::string complaints_;
  int events_ = 0;
  int inits_ = 0;
  bool began_ = false;
};

}  // namespace freshet::stream::testing
