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

/// The words of `rows` under `member`, each once, in the order of their first appearance.
std::vector<std::string> distinct(const std::vector<Row>& rows, std::string Row::*member) {
  std::vector<std::string> words;
  for (const Row& row : rows)
    if (std::find(words.begin(), words.end(), row.*member) == words.end()) words.push_back(row.*member);
  return words;
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
  const auto contenders = distinct(all, &Row::contender);
  std::string text = "# " + std::string(command) + "\n# " + machine_line() + "\n";
  for (const std::string& metric : distinct(all, &Row::metric)) {
    std::vector<std::vector<std::string>> lines;
    std::map<Place, std::size_t> line_of;
    for (const Row& row : all) {
      if (row.metric != metric) continue;
      if (lines.empty()) {
        lines.push_back({metric + " [" + row.unit + "]", n_word_, batch_word_});
        for (const std::string& contender : contenders) lines.front().push_back(contender);
        lines.front().push_back("freshet/floor");
      }
      const auto [at, is_new] = line_of.try_emplace(place_of(row), lines.size());
      if (is_new) {
        lines.push_back({row.workload, std::to_string(row.n), std::to_string(row.batch)});
        lines.back().resize(lines.front().size(), "-");
      }
      auto& line = lines[at->second];
      const auto column = std::find(contenders.begin(), contenders.end(), row.contender) - contenders.begin();
      line[3 + static_cast<std::size_t>(column)] = figure(row.value);
      if (row.contender == kFreshet && row.ratio_to_floor) line.back() = figure(*row.ratio_to_floor);
    }
    text += "\n" + aligned(lines);
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
