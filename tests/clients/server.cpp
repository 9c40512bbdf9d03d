// SPDX-License-Identifier: MIT
// The service that the tests of this folder are clients of: keys and values of every kind, views that fail on demand.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"

namespace {

struct Address {
  std::string street;
  std::int32_t house{};
};

constexpr auto describe(freshet::of<Address>) {
  return freshet::model("address", freshet::key<&Address::street>(), freshet::key<&Address::house>());
}

struct Dweller {
  std::string name;
  std::int32_t age{};
};

constexpr auto describe(freshet::of<Dweller>) {
  return freshet::model("dweller", freshet::field<&Dweller::name>(), freshet::field<&Dweller::age>());
}

struct GreaterParams {
  std::int64_t threshold{};
  std::string label;
};

constexpr auto describe(freshet::of<GreaterParams>) {
  return freshet::model("greater_params", freshet::field<&GreaterParams::threshold>(freshet::range(0, 1'000'000)),
                        freshet::field<&GreaterParams::label>(freshet::optional, freshet::length(0, 20)));
}

struct QuotientParams {
  std::int64_t dividend{};
  std::int64_t shift{};
};

constexpr auto describe(freshet::of<QuotientParams>) {
  return freshet::model("quotient_params", freshet::field<&QuotientParams::dividend>(),
                        freshet::field<&QuotientParams::shift>(freshet::optional));
}

bool is_greater(const std::int64_t& number, std::int64_t threshold) { return number > threshold; }

std::int64_t divide(const std::int64_t& number, std::int64_t dividend, std::int64_t shift) {
  if (number + shift == 0) throw std::runtime_error("division by zero");
  return dividend / (number + shift);
}

std::int64_t refuse_minus_thirteen(const std::int64_t& number) {
  if (number == -13) throw std::runtime_error("minus thirteen is refused");
  return number;
}

std::optional<std::string> check_word(const std::string& key, const std::string&) {
  if (key == "forbidden") return "this word may not be written";
  return std::nullopt;
}

/// Lets clients write to an input and read it.
template <class Value, class Key = std::string>
freshet::Input<Key, Value> add_table(freshet::Service& service, std::string name) {
  auto input = service.graph().input<Key, Value>(name);
  service.writable(input);
  service.resource(name, [input] { return input; });
  return input;
}

int run(const freshet::ServiceOptions& options) {
  freshet::Service service(options);
  add_table<std::string>(service, "words").check(check_word);
  add_table<bool>(service, "flags");
  add_table<std::vector<std::int64_t>>(service, "lists");
  add_table<std::optional<std::int64_t>>(service, "maybes");
  add_table<Dweller, Address>(service, "dwellers");
  const auto numbers = add_table<std::int64_t, std::int64_t>(service, "numbers");

  auto lucky = numbers.map(refuse_minus_thirteen).named("lucky").strict();
  service.resource<"lucky">([lucky] { return lucky; });
  service.resource<"greater">([numbers](const GreaterParams& p) { return numbers.filter(is_greater, p.threshold); });
  service.resource<"quotient">([numbers](const QuotientParams& p) { return numbers.map(divide, p.dividend, p.shift); });
  service.resource<"unbuildable">(
      []() -> freshet::Collection<std::int64_t, std::int64_t> { throw std::runtime_error("no plan"); });
  return service.run();
}

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  options.log_level = "warn";
  options.sockets.websocket.deflate.enabled = true;
  const freshet::Program program{.name = "clients_test_server", .about = "Serves tables of every kind to tests"};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  return run(options);
}
