// SPDX-License-Identifier: MIT
#include "freshet/service/config/config.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/enumeration.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/value.hpp"
#include "freshet/service/config/secret.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

enum class Mode : std::uint8_t { fast, safe };
constexpr auto describe(of<Mode>) { return enumeration<Mode::fast, Mode::safe>("mode"); }

struct Place {
  std::string name;
  double height = 0;
};
constexpr auto describe(of<Place>) {
  return model("place", field<&Place::name>(length(1, 10), doc("What it is called.")), field<&Place::height>(optional));
}

// [config]
struct Kitchen {
  std::uint16_t ovens = 2;
  Mode mode = Mode::safe;
  std::vector<std::string> cooks;
  Secret recipe;
};
constexpr auto describe(of<Kitchen>) {
  return model("kitchen", field<&Kitchen::ovens>(optional, range(1, 20), doc("How many there are.")),
               field<&Kitchen::mode>(optional), field<&Kitchen::cooks>(optional, length(0, 3)),
               field<&Kitchen::recipe>(optional));
}

struct HouseConfig {
  Kitchen kitchen;
  std::map<std::string, Place> rooms;
  std::optional<bool> lights;
};
constexpr auto describe(of<HouseConfig>) {
  return model("house", field<&HouseConfig::kitchen>(optional, doc("Where it smells good.")),
               field<&HouseConfig::rooms>(optional), field<&HouseConfig::lights>());
}
// [/config]

struct Config : ::testing::Test {
  Config() { std::filesystem::create_directories(folder); }
  ~Config() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
    return (folder / name).string();
  }
  // What is wrong, with the folder left out.
  std::vector<std::string> read(const std::string& toml, std::map<std::string, std::string> environment = {}) {
    const ConfigSources sources{.file = file("house.toml", toml), .environment = std::move(environment)};
    std::vector<std::string> texts;
    for (const ConfigFault& fault : read_config(house, sources)) {
      std::string text = to_string(fault);
      if (const std::size_t at = text.find(folder.string()); at == 0) text.erase(0, folder.string().size() + 1);
      texts.push_back(std::move(text));
    }
    return texts;
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / random_token("freshet-config-");
  HouseConfig house;
};

TEST_F(Config, is_read_into_a_described_struct) {
  EXPECT_THAT(read(R"(
lights = true
[kitchen]
ovens = 3
mode = "fast"
cooks = ["ann", "bob"]
recipe = "salt"
[rooms.attic]
name = "attic"
height = 7
)"),
              IsEmpty());
  EXPECT_EQ(house.kitchen.ovens, 3);
  EXPECT_EQ(house.kitchen.mode, Mode::fast);
  EXPECT_THAT(house.kitchen.cooks, ElementsAre("ann", "bob"));
  EXPECT_EQ(house.kitchen.recipe.reveal(), "salt");
  EXPECT_EQ(house.rooms.at("attic").height, 7.0);
  EXPECT_EQ(house.lights, true);
}

TEST_F(Config, without_anything_is_its_defaults) {
  EXPECT_THAT(read_config(house, {}), IsEmpty());
  EXPECT_EQ(house.kitchen.ovens, 2);
  EXPECT_EQ(house.lights, std::nullopt);
}

TEST_F(Config, everything_that_is_wrong_is_named_at_once_with_its_place) {
  const auto faults = read(R"(lihgts = true
[kitchen]
ovens = 21
mode = "fas"
cooks = ["a", 2, "c"]
recipe = 7
[rooms.attic]
height = "high"
[rooms.cellar]
name = "a name that is too long"
)");
  EXPECT_THAT(
      faults,
      ElementsAre(
          HasSubstr("house.toml:5:15: kitchen.cooks[1]: expected a string (got 2)"),
          HasSubstr(
              "house.toml:4:1: kitchen.mode: expected one of fast, safe (got \"fas\"); hint: did you mean \"fast\"?"),
          HasSubstr("house.toml:3:1: kitchen.ovens: must lie between 1 and 20 (got 21)"),
          HasSubstr("house.toml:6:1: kitchen.recipe: expected a string"),
          HasSubstr("house.toml:1:1: lihgts: there is no such setting; hint: did you mean \"lights\"?"),
          HasSubstr("house.toml:8:1: rooms.attic.height: expected a number (got \"high\")"),
          HasSubstr("house.toml:7:8: rooms.attic.name: is missing"),
          HasSubstr("house.toml:10:1: rooms.cellar.name: ")));
}

TEST_F(Config, wrong_types_and_numbers_out_of_range_are_refused) {
  for (const char* toml :
       {"[kitchen]\novens = -1", "[kitchen]\novens = 65536", "[kitchen]\novens = 2.0", "[kitchen]\novens = \"2\"",
        "[kitchen]\novens = true", "kitchen = 1", "lights = 1", "[kitchen]\ncooks = \"ann\"", "[[kitchen]]\novens = 1",
        "rooms = []", "[kitchen]\ncooks = [\"a\", \"b\", \"c\", \"d\"]"}) {
    EXPECT_EQ(read(toml).size(), 1u) << toml;
  }
}

TEST_F(Config, what_is_no_toml_has_its_place) {
  EXPECT_THAT(read("lights = \n"), ElementsAre(HasSubstr("house.toml:1:")));
  EXPECT_THAT(read("lights = true\nlights = false\n"), ElementsAre(HasSubstr("house.toml:2:")));
  EXPECT_THAT(read(std::string(2'000'000, '#')), ElementsAre(HasSubstr("longer than 1 MiB")));
  EXPECT_THAT(read(std::string(100'000, '[')), ElementsAre(HasSubstr("house.toml")));
  const auto faults = read_config(house, {.file = (folder / "missing.toml").string()});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(to_string(faults.front()), HasSubstr("cannot read"));
}

TEST_F(Config, the_environment_wins_over_the_file) {
  EXPECT_THAT(read("lights = true\n[kitchen]\novens = 3\n[rooms.attic]\nname = \"attic\"\n",
                   {{"FRESHET_KITCHEN_OVENS", "4"},
                    {"FRESHET_KITCHEN_COOKS", " ann , bob "},
                    {"FRESHET_KITCHEN_MODE", "fast"},
                    {"FRESHET_LIGHTS", "false"},
                    {"FRESHET_ROOMS_ATTIC_HEIGHT", "2.5"},
                    {"FRESHET_ROOMS_WINE_CELLAR_NAME", "wine"},
                    {"PATH", "/bin"}}),
              IsEmpty());
  EXPECT_EQ(house.kitchen.ovens, 4);
  EXPECT_THAT(house.kitchen.cooks, ElementsAre("ann", "bob"));
  EXPECT_EQ(house.kitchen.mode, Mode::fast);
  EXPECT_EQ(house.lights, false);
  EXPECT_EQ(house.rooms.at("attic").height, 2.5);
  EXPECT_EQ(house.rooms.at("wine_cellar").name, "wine");
}

TEST_F(Config, a_variable_that_is_wrong_or_misspelt_is_named) {
  EXPECT_THAT(read("", {{"FRESHET_KITCHEN_OVEN", "4"}}),
              ElementsAre("FRESHET_KITCHEN_OVEN: there is no such setting; hint: did you mean "
                          "\"FRESHET_KITCHEN_OVENS\"?"));
  EXPECT_THAT(read("", {{"FRESHET_KITCHEN_OVENS", "many"}}),
              ElementsAre(HasSubstr("FRESHET_KITCHEN_OVENS: kitchen.ovens: expected")));
  EXPECT_THAT(read("", {{"FRESHET_KITCHEN_OVENS", "99"}}), ElementsAre(HasSubstr("must lie between 1 and 20")));
  EXPECT_THAT(read("", {{"FRESHET_JOBS", "4"}}), IsEmpty()) << "that is somebody else's";
}

TEST_F(Config, secrets_come_from_files_too_and_are_never_shown) {
  const std::string path = file("recipe", "very secret\n");
  EXPECT_THAT(read("[kitchen]\nrecipe_file = '" + path + "'\n"), IsEmpty());
  EXPECT_EQ(house.kitchen.recipe.reveal(), "very secret");
  EXPECT_THAT(read("[kitchen]\nrecipe = 'x'\n", {{"FRESHET_KITCHEN_RECIPE_FILE", path}}), IsEmpty());
  EXPECT_EQ(house.kitchen.recipe.reveal(), "very secret");
  EXPECT_THAT(read("[kitchen]\nrecipe = 'x'\nrecipe_file = '" + path + "'\n"), ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(read("[kitchen]\nrecipe_file = '/nowhere/recipe'\n"),
              ElementsAre(HasSubstr("cannot read /nowhere/recipe")));
  EXPECT_THAT(read("[kitchen]\nrecipe_file = '" + file("empty", "\n") + "'\n"), ElementsAre(HasSubstr("empty")));
  EXPECT_THAT(read("[kitchen]\novens_file = 'x'\n"), ElementsAre(HasSubstr("no such setting")));

  house.kitchen.recipe = Secret("very secret");
  std::ostringstream printed;
  printed << house.kitchen.recipe;
  EXPECT_EQ(printed.str(), "***");
  for (const std::string& text : {to_toml(house), *to_json(house), printed.str()}) {
    EXPECT_THAT(text, Not(HasSubstr("very secret")));
  }
}

TEST_F(Config, is_shown_as_toml_that_can_be_read_back) {
  house.kitchen.cooks = {"an \"ann\"", "b\\ob\n"};
  house.rooms["attic"] = {"attic", 2};
  house.rooms["the hall"] = {"hall", 0.5};
  const std::string shown = to_toml(house);
  EXPECT_THAT(shown, HasSubstr("# How many there are.\novens = 2\n"));
  EXPECT_THAT(shown, HasSubstr("# Where it smells good.\n[kitchen]\n"));
  EXPECT_THAT(shown, HasSubstr("# lights = \n"));
  const HouseConfig before = house;
  house = {};
  EXPECT_THAT(read(shown), IsEmpty());
  EXPECT_EQ(*to_json(house), *to_json(before));
}

/// The classic face: the same from a Record.
struct Garden : Record {
  std::int64_t trees = 1;

  void describe(Describer& d) {
    d.name("garden");
    d.field("trees", trees).range(0, 100).optional();
  }
};

TEST_F(Config, may_be_a_record) {
  Garden garden;
  EXPECT_THAT(read_config(garden, {.file = file("garden.toml", "trees = 12\n")}), IsEmpty());
  EXPECT_EQ(garden.trees, 12);
  EXPECT_EQ(read_config(garden, {.file = file("garden.toml", "tree = 12\n")}).size(), 1u);
}

}  // namespace
}  // namespace freshet
