// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/server_message.hpp"

#include "freshet/codec/json_writer.hpp"

namespace freshet::service {
namespace {

/// An answer that is being written; `members` adds what its type has.
template <class Fn> std::string answer(std::string_view type, std::string_view id, Fn members) {
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object();
  json.name("type");
  json.string(type);
  if (!id.empty()) {
    json.name("id");
    json.raw(id);
  }
  members(json);
  json.end_object();
  return text;
}

}  // namespace

std::string subscribed_message(std::string_view id, std::string_view stream, bool reused) {
  return answer("subscribed", id, [&](codec::JsonWriter& json) {
    json.name("stream");
    json.string(stream);
    json.name("reused");
    json.boolean(reused);
  });
}

std::string unsubscribed_message(std::string_view id, std::string_view stream) {
  return answer("unsubscribed", id, [&](codec::JsonWriter& json) {
    json.name("stream");
    json.string(stream);
  });
}

std::string written_message(std::string_view id, Version version) {
  return answer("written", id, [&](codec::JsonWriter& json) {
    json.name("version");
    json.integer(version);
  });
}

std::string pong_message(std::string_view id) {
  return answer("pong", id, [](codec::JsonWriter&) {});
}

std::string authenticated_message(std::string_view id, std::string_view user) {
  return answer("authenticated", id, [&](codec::JsonWriter& json) {
    json.name("user");
    json.string(user);
  });
}

std::string error_message(std::string_view id, std::string_view problem) {
  return answer("error", id, [&](codec::JsonWriter& json) {
    json.name("problem");
    json.raw(problem);
  });
}

}  // namespace freshet::service
