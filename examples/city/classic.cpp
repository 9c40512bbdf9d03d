// SPDX-License-Identifier: MIT
//
// Views of cities kept as documents, and cities made of forms that users fill in. This is the classic face: classes.
// meta.cpp is the same program in plain functions.
#include "freshet/classic/mediator.hpp"
#include "models.hpp"
#include "open_store.hpp"
#include "story.hpp"

namespace {

using city::City, city::CityForm, city::CityView;
using freshet::Event, freshet::Result, freshet::StoreTransaction;

// [query]
/// Keeps a CityView for every City.
class CityViews final : public freshet::QueryMediator<City> {
 public:
  Result<void> on_create(const Event<City>& event) override { return show(event.document()); }
  Result<void> on_update(const Event<City>& event) override { return show(event.document()); }
  Result<void> on_delete(const Event<City>& event) override { return store().remove<CityView>(event.document().id); }

 private:
  Result<void> show(const City& city) {
    const auto set = store().set(CityView{.id = city.id, .name = city.city_name, .country = city.country});
    return set ? Result<void>() : Result<void>(freshet::fail(set.error()));
  }
};
// [/query]

// [task]
/// Makes a City of every form, in whichever user's collection it is posted: once, and then the form is gone.
class CityForms final : public freshet::TaskMediator<CityForm> {
 public:
  freshet::From<CityForm> source() const override { return freshet::from<CityForm>().in_group(); }
  Result<void> on_create(const Event<CityForm>& event, StoreTransaction& transaction) override {
    City city;
    city.id = event.document().id;
    city.city_name = event.document().name;
    city.country = event.document().country;
    const auto set = transaction.set(city);
    return set ? Result<void>() : Result<void>(freshet::fail(set.error()));
  }
  bool removes_what_is_done() const override { return true; }
};
// [/task]

}  // namespace

int main(int argc, char** argv) {
  const auto store = open_store(argc, argv);
  if (!store) return 1;
  freshet::Mediators mediators(*store);
  mediators.add("city_views", std::make_unique<CityViews>());
  mediators.add("city_forms", std::make_unique<CityForms>());
  return city::tell(*store, mediators);
}
