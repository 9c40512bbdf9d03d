// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/stream/event.hpp"

namespace freshet {
class Type;
}

namespace freshet::stream {

/// The rows of one stream that JSON cannot express (a NaN in a value), by the text of their key.
class RowFaults {
 public:
  /// A row that became unsendable, or sendable again (empty message).
  struct News {
    std::string key;
    std::string message;
  };

  void raise(const std::string& key, const std::string& message);
  void heal(const std::string& key);

  const std::map<std::string, std::string>& standing() const { return standing_; }
  bool empty() const { return standing_.empty(); }
  /// What changed since the last call.
  std::vector<News> take_news() { return std::exchange(news_, {}); }

 private:
  std::map<std::string, std::string> standing_;
  std::vector<News> news_;
};

/// Writes rows as clients read them: `[[key,[value,...]],...]`.
///
/// A row that cannot be expressed is written without values, as if it were gone, and noted in `faults`; the others are
/// not touched by it. One whose key cannot be expressed is left out and noted under the key "null".
///
/// Requires: begin_row, any number of values, end_row, for each row; then finish.
/// Lifetime: what it is made from outlives it.
class RowWriter {
 public:
  /// Where `items` are given, each row's place in `out` is added to them, in order.
  RowWriter(const Type& key, const Type& value, std::string& out, RowFaults& faults,
            std::vector<ItemAt>* items = nullptr);

  /// `key` stays valid until the end of the row.
  void begin_row(const void* key);
  void value(const void* value);
  void end_row();
  void finish();

  /// Adds a row that is encoded already.
  void raw_row(std::string_view row);

 private:
  std::string key_text() const;

  const Type& key_type_;
  const Type& value_type_;
  std::string& out_;
  RowFaults& faults_;
  std::vector<ItemAt>* const items_;
  bool first_ = true;

  // The row under way: its key, where that and the values begin in `out_`, and what is wrong with it.
  const void* key_ = nullptr;
  std::size_t key_at_ = 0;
  std::size_t values_at_ = 0;
  bool key_failed_ = false;
  bool failed_ = false;
};

}  // namespace freshet::stream
