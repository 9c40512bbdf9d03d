// SPDX-License-Identifier: MIT
//
// Views of cities kept as documents, and cities made of forms that users fill in. This is the meta face: plain
// functions. classic.cpp is the same program in classes.
#include "freshet/meta/mediator.hpp"
#include "models.hpp"
#include "open_store.hpp"
#include "story.hpp"

namespace {

using city::City, city::CityForm, city::CityView;

// [handlers]
CityView view_of(const City& city) { return {.id = city.id, .name = city.city_name, .country = city.country}; }

std::string id_of(const City& city) { return city.id; }

City city_of(const CityForm& form) {
  City city;
  city.id = form.id;
  city.city_name = form.name;
  city.country = form.country;
  return city;
}
// [/handlers]

}  // namespace

int main(int argc, char** argv) {
  const auto store = open_store(argc, argv);
  if (!store) return 1;
  // [mediators]
  using freshet::from, freshet::to_documents, freshet::to_removal;
  freshet::Mediators mediators(*store);
  mediators.query("city_views", from<City>())
      .on_change(view_of)
      .to(to_documents)
      .on_delete(id_of)
      .to(to_removal<CityView>);
  // In whichever user's collection a form is posted: it becomes a city and is gone, in one transaction.
  mediators.tasks("city_forms", from<CityForm>().in_group()).on_create(city_of).to(to_documents).then_remove();
  // [/mediators]
  return city::tell(*store, mediators);
}
