// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/transaction.hpp"

/// What somebody takes along, and what it weighs together.
namespace luggage {

struct LuggageItem {
  std::string id;
  std::string luggage_type;
  std::int64_t weight_in_lbs = 0;
};
constexpr auto describe(freshet::of<LuggageItem>) {
  return freshet::model("luggage_items", freshet::key<&LuggageItem::id>(), freshet::field<&LuggageItem::luggage_type>(),
                        freshet::field<&LuggageItem::weight_in_lbs>(freshet::range(0, 200)));
}

struct Traveller {
  std::string id;
  std::vector<freshet::Ref<LuggageItem>> items;
};
constexpr auto describe(freshet::of<Traveller>) {
  return freshet::model("travellers", freshet::key<&Traveller::id>(), freshet::field<&Traveller::items>());
}

struct Piece {
  std::string luggage_type;
  std::int64_t weight_in_lbs = 0;
};
constexpr auto describe(freshet::of<Piece>) {
  return freshet::model("piece", freshet::field<&Piece::luggage_type>(), freshet::field<&Piece::weight_in_lbs>());
}

struct Luggages {
  std::vector<Piece> luggages;
  std::int64_t total_weight = 0;
  std::int64_t total_count = 0;
};
constexpr auto describe(freshet::of<Luggages>) {
  return freshet::model("luggages", freshet::field<&Luggages::luggages>(freshet::doc("By id")),
                        freshet::field<&Luggages::total_weight>(), freshet::field<&Luggages::total_count>());
}

inline freshet::Result<void> weigh(freshet::StoreTransaction& transaction, const std::string& id,
                                   const std::int64_t& weight) {
  auto updated = transaction.update<&LuggageItem::weight_in_lbs>(id, weight);
  return updated ? freshet::Result<void>() : fail(std::move(updated.error()));
}

inline freshet::Result<void> prepare(freshet::Store& store) {
  if (auto prepared = store.prepare<LuggageItem, Traveller>(); !prepared) return prepared;
  return store.transact([](freshet::StoreTransaction& transaction) -> freshet::Result<void> {
    const auto there = transaction.get<Traveller>("ada");
    if (!there) return fail(there.error());
    if (*there) return {};
    auto made = transaction.set(LuggageItem{"a", "large", 20});
    if (made) made = transaction.set(LuggageItem{"b", "medium", 15});
    if (!made) return fail(std::move(made.error()));
    auto traveller =
        transaction.set(Traveller{"ada", {freshet::Ref<LuggageItem>("b"), freshet::Ref<LuggageItem>("a")}});
    return traveller ? freshet::Result<void>() : fail(std::move(traveller.error()));
  });
}

}  // namespace luggage
