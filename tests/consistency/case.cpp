// SPDX-License-Identifier: MIT
#include "consistency/case.hpp"

#include <random>

namespace freshet::consistency {
namespace {

std::vector<std::int64_t> random_values(std::mt19937_64& random) {
  static constexpr std::size_t kCounts[] = {0, 0, 1, 1, 1, 1, 1, 2, 3, 5};
  std::vector<std::int64_t> values(kCounts[random() % std::size(kCounts)]);
  // Few different values make many equal ones.
  const std::uint64_t range = random() % 2 == 0 ? 12 : 1000;
  for (auto& value : values) {
    value = static_cast<std::int64_t>(random() % range);
    if (random() % 150 == 0) value = random() % 2 == 0 ? kRefusedByCheck : kRefusedByStrictView;
  }
  return values;
}

std::vector<Write> random_writes(std::mt19937_64& random) {
  std::vector<Write> writes(random() % 12 == 0 ? 25 : random() % 6);
  for (Write& write : writes) {
    write = {random() % kInputs, static_cast<int>(random() % 10), random_values(random)};
  }
  return writes;
}

std::string to_text(const std::vector<std::int64_t>& values) {
  std::string text = "[";
  for (const std::int64_t value : values) text += (text.size() > 1 ? ", " : "") + std::to_string(value);
  return text + "]";
}

std::string view_name(std::size_t view) {
  return view < kInputs ? "input" + std::to_string(view) : "view" + std::to_string(view - kInputs);
}

}  // namespace

std::int64_t wrap(std::int64_t value) { return ((value % 1000) + 1000) % 1000; }
int read_key_of(std::int64_t value) { return static_cast<int>(wrap(value) % 8); }

Case random_case(std::uint64_t seed, const Verbs& verbs) {
  std::mt19937_64 random(seed);
  Case what;
  const std::size_t step_count = 2 + random() % 9;
  for (std::size_t i = 0; i < step_count; ++i) {
    const std::size_t views = kInputs + i;
    what.steps.push_back(
        {random() % verbs.size(), random() % views, random() % views, static_cast<int>(random() % 4) + 2});
  }
  const std::size_t commit_count = 10 + random() % 30;
  for (std::size_t i = 0; i < commit_count; ++i) what.commits.push_back(random_writes(random));
  if (random() % 2 == 0) what.commits_before_declaring = random() % 6;
  return what;
}

std::string to_text(const Contents& contents) {
  std::string text = "{";
  for (const auto& [key, values] : contents) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(key) + ": " + to_text(values);
  }
  return text + "}";
}

std::string to_text(const Case& what, const Verbs& verbs) {
  std::string text;
  for (std::size_t i = 0; i < what.steps.size(); ++i) {
    const Step& step = what.steps[i];
    text += view_name(kInputs + i) + " = " + view_name(step.source) + "." + std::string(verbs[step.verb].name) +
            "(other: " + view_name(step.other) + ", by: " + std::to_string(step.by) + ")\n";
  }
  for (std::size_t i = 0; i < what.commits.size(); ++i) {
    if (i == what.commits_before_declaring) text += "the views are declared\n";
    text += "commit " + std::to_string(i) + ":";
    for (const Write& write : what.commits[i]) {
      text += " " + view_name(write.input) + "[" + std::to_string(write.key) + "] = " + to_text(write.values) + ";";
    }
    text += "\n";
  }
  return text;
}

}  // namespace freshet::consistency
