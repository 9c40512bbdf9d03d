// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/http.hpp"

namespace freshet::net {

/// The head of a response as HTTP/2 has it: names in lower case, the status as a field, nothing that is about a
/// connection. Control characters in values become blanks.
struct Http2Head {
  Http2Head(const Response& response, std::string_view date);

  std::vector<Header> fields;
};

}  // namespace freshet::net
