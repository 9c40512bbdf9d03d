// SPDX-License-Identifier: MIT
//
// One view over many referenced documents: what a traveller's luggage weighs together, live. The classic face.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../serve_views.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/classic/view_model.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models, freshet::NoParams;
using namespace luggage;

namespace {

// [view]
class LuggagesMapper final : public freshet::OneToOneMapper<std::string, Traveller, Luggages> {
 public:
  explicit LuggagesMapper(Collection<std::string, LuggageItem> items) : items_(std::move(items)) {}

  std::optional<Luggages> map_value(const Traveller& traveller) override {
    Luggages luggages;
    auto references = traveller.items;
    std::ranges::sort(references, {}, &freshet::Ref<LuggageItem>::id);
    for (const auto& reference : references) {
      const LuggageItem* item = items_.get(reference.id());
      if (item == nullptr) continue;
      luggages.luggages.push_back({item->luggage_type, item->weight_in_lbs});
      luggages.total_weight += item->weight_in_lbs;
      ++luggages.total_count;
    }
    return luggages;
  }

 private:
  Collection<std::string, LuggageItem> items_;
};

class LuggagesView final : public freshet::ViewModel<Luggages> {
 public:
  Collection<std::string, Luggages> build(Models& models, const NoParams&) override {
    return models.collection<Traveller>().map<LuggagesMapper>(models.collection<LuggageItem>());
  }
};
// [/view]

class Items final : public freshet::ViewModel<LuggageItem> {
 public:
  Collection<std::string, LuggageItem> build(Models& models, const NoParams&) override {
    return models.collection<LuggageItem>();
  }
  void describe_setters(Setters& setters) override { setters.set<std::int64_t>("weight_in_lbs", weigh); }
};

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "luggage_classic", "Shows what travellers' luggage weighs.", prepare,
                     [](freshet::Service&, freshet::LiveStore&, freshet::ViewModels& views) {
                       views.add("Luggages", std::make_unique<LuggagesView>(), {.path = "/luggages"});
                       views.add("LuggageItem", std::make_unique<Items>(), {.path = "/items"});
                       return 0;
                     });
}
