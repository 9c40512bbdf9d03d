// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/model/describe.hpp"

namespace freshet::bench {

inline constexpr std::string_view kFloor = "floor";
inline constexpr std::string_view kFreshet = "freshet";
/// A hand-written loop that keeps less than the view does: a bound, not what a program of many views could do.
inline constexpr std::string_view kBare = "bare";

/// One figure: what was measured, of whom, and how it compares with the hand-written floor of the same run.
struct Row {
  std::string bench;
  std::string workload;
  std::uint64_t n{};
  std::uint64_t batch{};
  std::string contender;
  std::string metric;
  std::string unit;
  double value{};
  std::optional<double> ratio_to_floor;
  /// Of several rounds, whose median is the value: the least and the greatest.
  std::optional<double> low = std::nullopt, high = std::nullopt;
};

constexpr auto describe(freshet::of<Row>) {
  return freshet::model("row", freshet::field<&Row::bench>(), freshet::field<&Row::workload>(),
                        freshet::field<&Row::n>(), freshet::field<&Row::batch>(), freshet::field<&Row::contender>(),
                        freshet::field<&Row::metric>(), freshet::field<&Row::unit>(), freshet::field<&Row::value>(),
                        freshet::field<&Row::ratio_to_floor>(), freshet::field<&Row::low>(),
                        freshet::field<&Row::high>());
}

/// The middle value (the mean of the middle two when there is an even number of them).
///
/// Requires: at least one value.
double median(std::vector<double> values);

/// The value below which `share` (0..1) of the values lie, by nearest rank.
///
/// Requires: at least one value; reorders them.
double percentile(std::span<double> values, double share);

/// Collects the rows of one bench and prints them.
///
/// The ratio of a row is filled in when the report is written: its value over that of the floor's row with the same
/// workload, size, batch and metric.
class Report {
 public:
  /// `bench` names every row; `n_word` and `batch_word` head the two columns of numbers in the printed table.
  Report(std::string bench, std::string n_word, std::string batch_word);

  void add(Row row);
  /// The rows with their ratios.
  std::vector<Row> rows() const;
  /// One table per metric, with the ranges of rounds, a line per workload and size, a column per contender and, behind
  /// them, the ratios: Freshet over what is written by hand, other engines over Freshet. Above them a line that says
  /// where it ran.
  std::string table(std::string_view command) const;
  /// `{"rows": [...]}`.
  std::string json() const;
  /// Writes json() to `path`; false when that fails.
  bool write_json(const std::string& path) const;

 private:
  std::string bench_;
  std::string n_word_;
  std::string batch_word_;
  std::vector<Row> rows_;
};

}  // namespace freshet::bench
