// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::bench {

/// What stands in a row: `[12,[{"n":5,"t":17,"x":"..."}]]` is the fifth write of key 12, in tick 17.
struct Stamp {
  std::uint64_t key{};
  std::uint64_t number{};
  std::uint64_t tick{};
  std::string_view text;
};

/// Writes rows, and knows what must stand in them. Texts are words, so that they can be compressed as text can, and
/// differ from write to write.
class Rows {
 public:
  /// `payload_bytes`: of an event with one row, `[row]`; a row without text is the least.
  explicit Rows(std::size_t payload_bytes);

  void append(std::string& json, std::uint64_t key, std::uint64_t number, std::uint64_t tick) const;
  /// Whether the text is the one that was written.
  bool is_intact(const Stamp& stamp) const;

 private:
  std::string_view text_of(std::uint64_t key, std::uint64_t number, std::size_t bytes_without) const;

  std::size_t payload_bytes_;
  std::string words_;
};

/// Takes the first row off `[row,row]`, where it stands at the beginning or after a comma; false at the end and where
/// there is none: `is_end` tells the two apart.
class RowScanner {
 public:
  explicit RowScanner(std::string_view json) : rest_(json) {}

  bool next(Stamp& stamp);
  /// Whether nothing but the end of the list is left.
  bool is_end() const;

 private:
  bool take(std::string_view text);
  bool take_number(std::uint64_t& number);

  std::string_view rest_;
  bool is_first_ = true;
};

}  // namespace freshet::bench
