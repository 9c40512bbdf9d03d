// SPDX-License-Identifier: MIT
//
// Counting in shards: many writers, one sum, kept as a document too. The classic face.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../serve_views.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/classic/view_model.hpp"
#include "freshet/store/materialise.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models, freshet::NoParams;
using namespace distributed_counter;

namespace {

// [view]
class ByCounter final : public freshet::OneToManyMapper<std::string, Shard, std::string, Shard> {
 public:
  std::vector<std::pair<std::string, Shard>> map_value(const Shard& shard) override { return {{"counter_0", shard}}; }
};

class TotalReducer final : public freshet::Reducer<Shard, std::int64_t, CounterView> {
 public:
  void add(std::int64_t& total, const Shard& shard) override { total += shard.count; }
  void remove(std::int64_t& total, const Shard& shard) override { total -= shard.count; }
  CounterView result(const std::int64_t& total) override { return {total}; }
};

class Counters final : public freshet::ViewModel<CounterView> {
 public:
  Collection<std::string, CounterView> build(Models& models, const NoParams&) override {
    return models.collection<Shard>().flat_map<ByCounter>().reduce<TotalReducer>();
  }
};
// [/view]

class DocumentMapper final : public freshet::OneToManyMapper<std::string, CounterView, std::string, CounterDocument> {
 public:
  std::vector<std::pair<std::string, CounterDocument>> map_value(const CounterView& view) override {
    return {document_of(key(), view)};
  }
};

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "distributed_counter_classic", "Counts in shards.", prepare,
                     [](freshet::Service&, freshet::LiveStore& live, freshet::ViewModels& views) {
                       views.add("CounterView", std::make_unique<Counters>(), {.path = "/counters"});
                       views.form<Increment>("Increment", increment);
                       return std::make_unique<freshet::MaterialisedView>(
                           "CounterView", live, Counters().build(live, {}).flat_map<DocumentMapper>());
                     });
}
