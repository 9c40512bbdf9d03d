// SPDX-License-Identifier: MIT
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

/// The inputs' rows that `found` leads to, without reads.
std::set<std::pair<std::string, std::string>> inputs_of(const Provenance& found) {
  std::set<std::pair<std::string, std::string>> inputs;
  std::set<std::size_t> seen;
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < found.root_count; ++i) pending.push_back(i);
  while (!pending.empty()) {
    const std::size_t at = pending.back();
    pending.pop_back();
    if (!seen.insert(at).second) continue;
    const ProvenanceRow& row = found.rows[at];
    if (row.kind == "input") inputs.emplace(row.view, row.key);
    pending.insert(pending.end(), row.from.begin(), row.from.end());
  }
  return inputs;
}

/// Verbs whose rows come from those that why() names and from nothing else that was read.
Verbs traceable_verbs() {
  Verbs verbs;
  for (const Verbs& some : {row_verbs(), reduce_verbs()}) {
    for (const Verb& verb : some) {
      if (verb.name.find("reading") == std::string_view::npos && verb.name != "gradually") verbs.push_back(verb);
    }
  }
  return verbs;
}

/// A random graph, filled, of which each row can be asked.
struct Traced {
  Traced(std::uint64_t seed, const Verbs& verbs) : what(random_case(seed, verbs)), contents(kInputs) {
    std::vector<Input<int, std::int64_t>> inputs;
    for (std::size_t i = 0; i < kInputs; ++i) {
      inputs.push_back(graph.input<int, std::int64_t>("input" + std::to_string(i)));
      views.push_back(inputs.back());
    }
    for (const Step& step : what.steps) {
      views.push_back(verbs[step.verb].declare(views[step.source], views[step.other], step.by));
    }
    Transaction transaction;
    for (const auto& commit : what.commits) {
      for (const Write& write : commit) {
        transaction.set_all(inputs[write.input], write.key, write.values);
        contents[write.input].erase(write.key);
        if (!write.values.empty()) contents[write.input][write.key] = write.values;
      }
    }
    committed = graph.commit(transaction).has_value();
  }

  Contents recompute(std::size_t view, const std::vector<Contents>& inputs, const Verbs& verbs) const {
    std::vector<Contents> all = inputs;
    for (const Step& step : what.steps) {
      all.push_back(verbs[step.verb].recompute(all[step.source], all[step.other], step.by).contents);
    }
    return all[view];
  }

  Graph graph;
  Case what;
  std::vector<Rows> views;
  std::vector<Contents> contents;
  bool committed = false;
};

TEST(WhyOfRandomGraphs, names_the_rows_without_which_a_row_would_not_be) {
  const Verbs verbs = traceable_verbs();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Traced traced(seed, verbs);
    ASSERT_TRUE(traced.committed);
    for (std::size_t i = kInputs; i < traced.views.size(); ++i) {
      traced.views[i].for_each([&](int key, const Values<std::int64_t>& values) {
        const Provenance found = traced.graph.why(traced.views[i], key, {.breadth_max = 10'000, .rows_max = 100'000});
        ASSERT_FALSE(found.cut());
        ASSERT_EQ(found.root_count, values.size());
        const auto needed = inputs_of(found);
        ASSERT_FALSE(needed.empty()) << "seed " << seed << " view " << i << " key " << key << found.to_text();
        std::vector<Contents> without = traced.contents;
        for (const auto& [view, input_key] : needed) {
          without[static_cast<std::size_t>(view.back() - '0')].erase(std::stoi(input_key));
        }
        const Contents rest = traced.recompute(i, without, verbs);
        const auto left = rest.find(key);
        ASSERT_TRUE(left == rest.end() || left->second != values.to_vector())
            << "seed " << seed << " view " << i << " key " << key;
      });
    }
  }
}

}  // namespace
}  // namespace freshet::consistency
