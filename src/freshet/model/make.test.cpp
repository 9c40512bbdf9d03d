// SPDX-License-Identifier: MIT
#include "freshet/model/make.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"
#include "freshet/model/record.hpp"

namespace freshet {
namespace {

// [make]
struct Ticket {
  std::string id;
  int seats = 2;
};
constexpr auto describe(of<Ticket>) {
  return model("tickets", key<&Ticket::id>(initialised_by<&random_id>()), field<&Ticket::seats>(optional));
}

TEST(Make, runs_initialisers_before_values_are_assigned) {
  auto ticket = make<Ticket>();
  EXPECT_EQ(ticket.id.size(), 32U);
  EXPECT_EQ(ticket.seats, 2);
  ticket.id = "mine";
  EXPECT_EQ(ticket.id, "mine");
}
// [/make]

int calls = 0;
int next() { return ++calls; }

struct Counted : Record {
  int number = 0;
  void describe(Describer& d) {
    d.name("counted");
    d.key("number", number).initialised_by<&next>();
  }
};

TEST(Make, calls_an_initialiser_once_for_each_object) {
  EXPECT_EQ(make<Counted>().number, 1);
  EXPECT_EQ(make<Counted>().number, 2);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Counted().number, 0) << "the language's own way runs none";
}

struct Booking {
  std::string id;
  Ticket outward;
  Ticket back;
  std::vector<Ticket> spare;
};
constexpr auto describe(of<Booking>) {
  return model("bookings", key<&Booking::id>(initialised_by<&random_id>()), field<&Booking::outward>(optional),
               field<&Booking::back>(optional), field<&Booking::spare>(optional));
}

TEST(Make, initialises_the_structs_inside) {
  const auto booking = make<Booking>();
  EXPECT_EQ(booking.outward.id.size(), 32U);
  EXPECT_EQ(booking.back.id.size(), 32U);
  EXPECT_NE(booking.outward.id, booking.back.id);
  EXPECT_EQ(booking.back.seats, 2);
  EXPECT_TRUE(booking.spare.empty());
}

TEST(Make, gives_ids_that_do_not_repeat) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(random_id());
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace freshet
