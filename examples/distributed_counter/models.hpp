// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/transaction.hpp"

/// A counter that many may count at once: each counts a shard of it, the view adds them up.
namespace distributed_counter {

inline constexpr int kShards = 4;

struct Shard {
  std::string id;
  std::int64_t count = 0;
};
constexpr auto describe(freshet::of<Shard>) {
  return freshet::model("shards", freshet::key<&Shard::id>(), freshet::field<&Shard::count>());
}

struct CounterView {
  std::int64_t total_count = 0;
};
constexpr auto describe(freshet::of<CounterView>) {
  return freshet::model("counter_view", freshet::camel_case, freshet::field<&CounterView::total_count>());
}

/// The view as a document, counters/counter_0.
struct CounterDocument {
  std::string id;
  std::int64_t total_count = 0;
};
constexpr auto describe(freshet::of<CounterDocument>) {
  return freshet::model("counters", freshet::camel_case, freshet::key<&CounterDocument::id>(),
                        freshet::field<&CounterDocument::total_count>());
}
inline std::pair<std::string, CounterDocument> document_of(const std::string& id, const CounterView& view) {
  return {"counters/" + id, {id, view.total_count}};
}

struct Increment {
  std::string shard;
  std::int64_t by = 1;
};
constexpr auto describe(freshet::of<Increment>) {
  return freshet::model("increment", freshet::field<&Increment::shard>(),
                        freshet::field<&Increment::by>(freshet::optional, freshet::range(-1000, 1000)));
}

/// Adds to one shard. Two increments of a shard conflict and are run one after the other; of two shards they do not.
inline freshet::Result<void> increment(freshet::StoreTransaction& transaction, const Increment& form) {
  auto shard = transaction.get<Shard>(form.shard);
  if (!shard) return fail(std::move(shard.error()));
  if (!*shard) return freshet::fail(freshet::ErrorCode::not_found, "there is no shard " + form.shard);
  auto updated = transaction.update<&Shard::count>(form.shard, (*shard)->value.count + form.by);
  return updated ? freshet::Result<void>() : fail(std::move(updated.error()));
}

inline freshet::Result<void> prepare(freshet::Store& store) {
  if (auto prepared = store.prepare<Shard>(); !prepared) return prepared;
  return store.transact([](freshet::StoreTransaction& transaction) -> freshet::Result<void> {
    for (int i = 0; i < kShards; ++i) {
      const auto there = transaction.get<Shard>(std::to_string(i));
      if (!there) return fail(there.error());
      if (*there) continue;
      if (auto made = transaction.create(Shard{std::to_string(i), 0}); !made) return fail(std::move(made.error()));
    }
    return {};
  });
}

}  // namespace distributed_counter
