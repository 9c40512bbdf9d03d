// SPDX-License-Identifier: MIT
//
// A view with parameters over a store: the rainbow of whatever colours a client names, live. The classic face.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../serve_views.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/classic/view_model.hpp"
#include "models.hpp"

using freshet::Collection, freshet::Models, freshet::NoParams;
using namespace rainbow;

namespace {

// [view]
class InPalette final : public freshet::OneToManyMapper<std::string, Color, std::string, Color> {
 public:
  explicit InPalette(Palette palette) : palette_(std::move(palette)) {}
  std::vector<std::pair<std::string, Color>> map_value(const Color& color) override {
    if (!palette_.has(color.id)) return {};
    return {{palette_.color_names, color}};
  }

 private:
  Palette palette_;
};

class RainbowMapper final : public freshet::ManyToOneMapper<std::string, Color, Rainbow> {
 public:
  std::optional<Rainbow> map_values(std::span<const Color> colors) override { return rainbow_of(colors); }
};

class Rainbows final : public freshet::ViewModel<Rainbow, Palette> {
 public:
  Collection<std::string, Rainbow> build(Models& models, const Palette& palette) override {
    return models.collection<Color>().flat_map<InPalette>(palette).reduce<RainbowMapper>();
  }
};
// [/view]

class Colors final : public freshet::ViewModel<Color> {
 public:
  Collection<std::string, Color> build(Models& models, const NoParams&) override { return models.collection<Color>(); }
  void describe_setters(Setters& setters) override { setters.set<std::string>("name", give_name); }
};

}  // namespace

int main(int argc, char** argv) {
  return serve_views(argc, argv, "rainbow_classic", "Shows rainbows of the colours that a client names.", prepare,
                     [](freshet::Service&, freshet::LiveStore&, freshet::ViewModels& views) {
                       views.add("Rainbow", std::make_unique<Rainbows>(), {.path = "/rainbow"});
                       views.add("Color", std::make_unique<Colors>(), {.path = "/colors"});
                       return 0;
                     });
}
