// SPDX-License-Identifier: MIT
//
// A view with parameters over a store: the rainbow of whatever colours a client names, live. The meta face.
#include <string>

#include "../serve_views.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/meta/view_model.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models;
using namespace rainbow;

namespace {

// [view]
bool is_in(const Color& color, const Palette& palette) { return palette.has(color.id); }
std::string under_its_names(const Color&, const Palette& palette) { return palette.color_names; }

Collection<std::string, Rainbow> rainbows(Models& models, const Palette& palette) {
  return models.collection<Color>().filter(is_in, palette).key_by(under_its_names, palette).reduce(rainbow_of);
}
// [/view]

Collection<std::string, Color> colors(Models& models) { return models.collection<Color>(); }

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "rainbow_meta", "Shows rainbows of the colours that a client names.", prepare,
                     [](freshet::Service&, freshet::LiveStore&, freshet::ViewModels& views) {
                       views.add("Rainbow", rainbows, {.path = "/rainbow"});
                       views.add("Color", colors, {.path = "/colors"}).set<&Color::name>(give_name);
                       return 0;
                     });
}
