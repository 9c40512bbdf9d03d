// SPDX-License-Identifier: MIT
//
// Counting in shards: many writers, one sum, kept as a document too. The meta face.
#include <cstdint>
#include <memory>
#include <string>

#include "../serve_views.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/meta/view_model.hpp"
#include "freshet/store/materialise.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models;
using namespace distributed_counter;

namespace {

// [view]
std::string counter_of(const Shard&) { return "counter_0"; }
CounterView view_of(const std::int64_t& total) { return {total}; }

Collection<std::string, CounterView> counters(Models& models) {
  return models.collection<Shard>().key_by(counter_of).reduce(freshet::sum<&Shard::count>()).map(view_of);
}
// [/view]

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "distributed_counter_meta", "Counts in shards.", prepare,
                     [](freshet::Service&, freshet::LiveStore& live, freshet::ViewModels& views) {
                       views.add("CounterView", counters, {.path = "/counters"});
                       views.form<Increment>("Increment", increment);
                       return std::make_unique<freshet::MaterialisedView>("CounterView", live,
                                                                          counters(live).flat_map(document_of));
                     });
}
