// SPDX-License-Identifier: MIT
//
// One view over many referenced documents: what a traveller's luggage weighs together, live. The meta face.
#include <algorithm>
#include <string>

#include "../serve_views.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/meta/view_model.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models;
using namespace luggage;

namespace {

// [view]
Luggages luggages_of(const Traveller& traveller, const Collection<std::string, LuggageItem>& items) {
  Luggages luggages;
  auto references = traveller.items;
  std::ranges::sort(references, {}, &freshet::Ref<LuggageItem>::id);
  for (const auto& reference : references) {
    const LuggageItem* item = items.get(reference.id());
    if (item == nullptr) continue;
    luggages.luggages.push_back({item->luggage_type, item->weight_in_lbs});
    luggages.total_weight += item->weight_in_lbs;
    ++luggages.total_count;
  }
  return luggages;
}
Collection<std::string, Luggages> luggages(Models& models) {
  return models.collection<Traveller>().map(luggages_of, models.collection<LuggageItem>());
}
// [/view]

Collection<std::string, LuggageItem> items(Models& models) { return models.collection<LuggageItem>(); }

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "luggage_meta", "Shows what travellers' luggage weighs.", prepare,
                     [](freshet::Service&, freshet::LiveStore&, freshet::ViewModels& views) {
                       views.add("Luggages", luggages, {.path = "/luggages"});
                       views.add("LuggageItem", items, {.path = "/items"}).set<&LuggageItem::weight_in_lbs>(weigh);
                       return 0;
                     });
}
