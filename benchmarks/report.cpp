// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>
#include <tuple>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json.hpp"
#include "machine.hpp"

namespace freshet::bench {

namespace {

/// What a JSON report is.
struct Document {
  std::vector<Row> rows;
};

constexpr auto describe(freshet::of<Document>) { return freshet::model("report", freshet::field<&Document::rows>()); }

using Place = std::tuple<std::string, std::uint64_t, std::uint64_t, std::string>;

Place place_of(const Row& row) { return {row.workload, row.n, row.batch, row.metric}; }

std::string figure(double value) {
  std::ostringstream text;
  const double size = std::abs(value);
  text << std::fixed << std::setprecision(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3) << value;
  return text.str();
}

/// Behind a figure, where it is the median of several.
std::string range(const Row& row) {
  if (!row.low || !row.high || *row.low == *row.high) return {};
  return " (" + figure(*row.low) + "-" + figure(*row.high) + ")";
}

/// The words of `rows` under `member`, each once, in the order of their first appearance.
std::vector<std::string> distinct(const std::vector<Row>& rows, std::string Row::*member) {
  std::vector<std::string> words;
  for (const Row& row : rows)
    if (std::find(words.begin(), words.end(), row.*member) == words.end()) words.push_back(row.*member);
  return words;
}

/// Which contenders are compared, dividend first.
std::vector<std::pair<std::string, std::string>> ratios_of(const std::vector<std::string>& contenders) {
  std::vector<std::pair<std::string, std::string>> ratios{{std::string(kFreshet), std::string(kFloor)}};
  for (const std::string& contender : contenders) {
    if (contender == kBare) ratios.emplace_back(kFreshet, contender);
    if (contender != kBare && contender != kFloor && contender != kFreshet) ratios.emplace_back(contender, kFreshet);
  }
  return ratios;
}

/// The table of one metric: a head, and a line for each place.
std::vector<std::vector<std::string>> lines_of(const std::vector<Row>& figures, const std::string& n_word,
                                               const std::string& batch_word) {
  const auto contenders = distinct(figures, &Row::contender);
  const auto ratios = ratios_of(contenders);
  std::vector<std::vector<std::string>> lines{
      {figures.front().metric + " [" + figures.front().unit + "]", n_word, batch_word}};
  for (const std::string& contender : contenders) lines.front().push_back(contender);
  for (const auto& [dividend, divisor] : ratios) lines.front().push_back(dividend + "/" + divisor);

  std::vector<Place> places;
  std::map<Place, std::map<std::string, double>> values;
  std::map<Place, std::map<std::string, std::string>> ranges;
  for (const Row& row : figures) {
    if (values.count(place_of(row)) == 0) places.push_back(place_of(row));
    values[place_of(row)][row.contender] = row.value;
    ranges[place_of(row)][row.contender] = range(row);
  }
  for (const Place& place : places) {
    const auto& of = values[place];
    auto& line = lines.emplace_back();
    line = {std::get<0>(place), std::to_string(std::get<1>(place)), std::to_string(std::get<2>(place))};
    for (const std::string& contender : contenders)
      line.push_back(of.count(contender) != 0 ? figure(of.at(contender)) + ranges[place][contender] : "-");
    for (const auto& [dividend, divisor] : ratios) {
      const bool both = of.count(dividend) != 0 && of.count(divisor) != 0 && of.at(divisor) > 0;
      line.push_back(both ? figure(of.at(dividend) / of.at(divisor)) : "-");
    }
  }
  return lines;
}

std::string aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::ostringstream text;
  for (const auto& line : lines) {
    // The first column is words and stands left, the others are numbers and stand right.
    text << std::left << std::setw(static_cast<int>(widths[0])) << line[0] << std::right;
    for (std::size_t i = 1; i < line.size(); ++i) text << "  " << std::setw(static_cast<int>(widths[i])) << line[i];
    text << '\n';
  }
  return text.str();
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double percentile(std::span<double> values, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Report::Report(std::string bench, std::string n_word, std::string batch_word)
    : bench_(std::move(bench)), n_word_(std::move(n_word)), batch_word_(std::move(batch_word)) {}

void Report::add(Row row) {
  row.bench = bench_;
  rows_.push_back(std::move(row));
}

std::vector<Row> Report::rows() const {
  std::map<Place, double> floors;
  for (const Row& row : rows_)
    if (row.contender == kFloor) floors[place_of(row)] = row.value;
  std::vector<Row> rows = rows_;
  for (Row& row : rows)
    if (const auto floor = floors.find(place_of(row)); floor != floors.end() && floor->second > 0)
      row.ratio_to_floor = row.value / floor->second;
  return rows;
}

std::string Report::table(std::string_view command) const {
  const std::vector<Row> all = rows();
  std::string text = "# " + std::string(command) + "\n# " + machine_line() + "\n";
  for (const std::string& metric : distinct(all, &Row::metric)) {
    std::vector<Row> figures;
    for (const Row& row : all)
      if (row.metric == metric) figures.push_back(row);
    text += "\n" + aligned(lines_of(figures, n_word_, batch_word_));
  }
  return text;
}

std::string Report::json() const {
  const auto text = freshet::to_json(Document{rows()});
  FRESHET_ASSERT(text.has_value());
  return *text;
}

bool Report::write_json(const std::string& path) const {
  std::ofstream file(path);
  file << json() << '\n';
  file.close();
  return !file.fail();
}

}  // namespace freshet::bench
