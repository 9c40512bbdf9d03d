// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/model/value.hpp"

/// Described types in which every kind of type and check occurs; for tests and fuzzers of the codecs.
namespace freshet::codec::testing {

enum class Level : std::uint8_t { normal, low, high };
constexpr auto describe(of<Level>) { return enumeration<Level::normal, Level::low, Level::high>("level"); }

struct Limits {
  double low = 0;
  double high = 100;
};
constexpr auto describe(of<Limits>) {
  return model("limits", field<&Limits::low>(range(-50, 150)), field<&Limits::high>(optional, range(-50, 150)));
}

struct Numbers {
  std::int8_t i8{};
  std::uint8_t u8{};
  std::int16_t i16{};
  std::uint16_t u16{};
  std::int32_t i32{};
  std::uint32_t u32{};
  std::int64_t i64{};
  std::uint64_t u64{};
  float f32{};
  double f64{};
};
constexpr auto describe(of<Numbers>) {
  return model("numbers", field<&Numbers::i8>(optional), field<&Numbers::u8>(optional), field<&Numbers::i16>(optional),
               field<&Numbers::u16>(optional), field<&Numbers::i32>(optional), field<&Numbers::u32>(optional),
               field<&Numbers::i64>(optional), field<&Numbers::u64>(optional), field<&Numbers::f32>(optional),
               field<&Numbers::f64>(optional));
}

struct Everything {
  std::string name{};
  bool flag = true;
  Numbers numbers{};
  Timestamp at{};
  Level level = Level::normal;
  std::optional<int> maybe = 5;
  std::optional<std::string> note{};
  std::vector<Limits> limits{};
  std::vector<std::vector<double>> matrix{};
  std::map<std::string, Limits> by_name{};
  std::map<std::int16_t, std::string> by_number{};
  std::map<Level, std::vector<int>> by_level{};
  Value any{};
  std::vector<Everything> children{};
};
constexpr auto describe(of<Everything>) {
  return model("everything", doc("One field of each kind."), key<&Everything::name>(length(1, 8)),
               field<&Everything::flag>(optional), field<&Everything::numbers>(optional),
               field<&Everything::at>(optional), field<&Everything::level>(optional, doc("How \"bad\" it is.")),
               field<&Everything::maybe>(range(0, 10)), field<&Everything::note>(length(0, 20)),
               field<&Everything::limits>(optional, length(0, 3)), field<&Everything::matrix>(optional),
               field<&Everything::by_name>(optional), field<&Everything::by_number>(optional),
               field<&Everything::by_level>(optional), field<&Everything::any>(optional),
               field<&Everything::children>(optional));
}

}  // namespace freshet::codec::testing
