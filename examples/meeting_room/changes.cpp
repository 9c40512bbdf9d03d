// SPDX-License-Identifier: MIT
#include "changes.hpp"

#include <cctype>
#include <utility>

namespace meeting_room {
namespace {

using freshet::ErrorCode, freshet::Result, freshet::StoreTransaction;

/// A document that has to be there.
template <class Model> Result<Model> find(StoreTransaction& transaction, const std::string& id) {
  auto document = transaction.get<Model>(id);
  if (!document) return fail(std::move(document.error()));
  if (!*document) {
    return freshet::fail(ErrorCode::not_found, "there is no " + id + " in " + freshet::schema_of<Model>().name);
  }
  return std::move((*document)->value);
}

/// "Ada Lovelace" as "ada_lovelace".
std::string id_of(const std::string& first_name, const std::string& last_name) {
  std::string id;
  for (const char letter : first_name + "_" + last_name) {
    const auto byte = static_cast<unsigned char>(letter);
    id += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : byte >= 0x80 ? letter : '_';
  }
  return id;
}

template <class Written> Result<void> done(Written written) {
  return written ? Result<void>() : fail(std::move(written.error()));
}

}  // namespace

// [setters]
Result<void> set_in_session(StoreTransaction& transaction, const std::string& meeting, const bool& value) {
  const auto found = find<Meeting>(transaction, meeting);
  if (!found) return fail(found.error());
  if (found->status == Status::in_session && !value) {
    return done(transaction.update<&Meeting::status>(meeting, Status::closed));
  }
  if (found->status == Status::closed && value) {
    return done(transaction.update<&Meeting::status>(meeting, Status::in_session));
  }
  return freshet::fail(ErrorCode::refused, value ? "the meeting cannot be opened" : "the meeting cannot be closed",
                       "it is " + std::string(freshet::type_of<Status>().read_enum(&found->status)));
}

Result<void> set_attendance(StoreTransaction& transaction, const std::string& ticket, const bool& value) {
  return done(transaction.update<&Ticket::attendance>(ticket, value));
}

Result<void> set_last_name(StoreTransaction& transaction, const std::string& user, const std::string& value) {
  return done(transaction.update<&User::last_name>(user, value));
}
// [/setters]

// [form]
Result<Invited> invite(StoreTransaction& transaction, const Invitation& invitation) {
  auto meeting = find<Meeting>(transaction, invitation.meeting);
  if (!meeting) return fail(meeting.error());
  const std::string user = id_of(invitation.first_name, invitation.last_name);
  const std::string ticket = invitation.meeting + "_" + user;
  auto written = done(transaction.create(User{.id = user,
                                              .first_name = invitation.first_name,
                                              .last_name = invitation.last_name,
                                              .organization = invitation.organization,
                                              .hearing_aid_requested = invitation.hearing_aid_requested}));
  if (written) written = done(transaction.create(Ticket{ticket, "Participant", Ref<User>(user), true}));
  meeting->users.emplace_back(user);
  meeting->tickets.emplace(user, Ref<Ticket>(ticket));
  if (written) written = done(transaction.set(*meeting));
  if (!written) return fail(std::move(written.error()));
  return Invited{user, ticket};
}
// [/form]

}  // namespace meeting_room
