// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "freshet/base/result.hpp"
#include "freshet/store/transaction.hpp"
#include "models.hpp"
#include "views.hpp"

/// How what clients change in the views is written back to the models. Each runs within one store transaction.
namespace meeting_room {

/// Closes a meeting that is in session and opens one again that is closed. Errors: anything else.
freshet::Result<void> set_in_session(freshet::StoreTransaction& transaction, const std::string& meeting,
                                     const bool& value);
freshet::Result<void> set_attendance(freshet::StoreTransaction& transaction, const std::string& ticket,
                                     const bool& value);
freshet::Result<void> set_last_name(freshet::StoreTransaction& transaction, const std::string& user,
                                    const std::string& value);

/// Makes a user and a ticket and adds both to the meeting.
freshet::Result<Invited> invite(freshet::StoreTransaction& transaction, const Invitation& invitation);

}  // namespace meeting_room
