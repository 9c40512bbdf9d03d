// SPDX-License-Identifier: MIT
#include "fixture.hpp"

#include "freshet/store/transaction.hpp"
#include "models.hpp"

namespace meeting_room {
namespace {

using freshet::Result, freshet::StoreTransaction;

Result<void> write_first_meeting(StoreTransaction& transaction) {
  const User users[] = {{"tijuana", "Tijuana", "Furlong", "UCSD", true},
                        {"thomasina", "Thomasina", "Manes", "UCSD", false},
                        {"joshua", "Joshua", "Pendergrast", "SDSU", true}};
  const Ticket tickets[] = {{"tj_t", "Participant", Ref<User>("tijuana"), true},
                            {"ts_t", "Organizer", Ref<User>("thomasina"), true},
                            {"js_t", "Participant", Ref<User>("joshua"), true}};
  const Location location{"ucsd", 32.880361, -117.242929, "9500 Gilman Drive, La Jolla, CA"};
  Meeting meeting{.id = "meeting_1", .status = Status::in_session, .location = Ref<Location>("ucsd")};
  for (const User& user : users) {
    if (auto written = transaction.set(user); !written) return fail(std::move(written.error()));
    meeting.users.emplace_back(user.id);
  }
  for (const Ticket& ticket : tickets) {
    if (auto written = transaction.set(ticket); !written) return fail(std::move(written.error()));
    meeting.tickets.emplace(ticket.user.id(), Ref<Ticket>(ticket.id));
  }
  if (auto written = transaction.set(location); !written) return fail(std::move(written.error()));
  auto written = transaction.set(meeting);
  return written ? Result<void>() : fail(std::move(written.error()));
}

}  // namespace

Result<void> prepare(freshet::Store& store) {
  if (auto prepared = store.prepare<User, Ticket, Location, Meeting>(); !prepared) return prepared;
  return store.transact([](StoreTransaction& transaction) -> Result<void> {
    const auto meetings = transaction.query(freshet::from<Meeting>().limit(1));
    if (!meetings) return fail(meetings.error());
    return meetings->empty() ? write_first_meeting(transaction) : Result<void>();
  });
}

}  // namespace meeting_room
