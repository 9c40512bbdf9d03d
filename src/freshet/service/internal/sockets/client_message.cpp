// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/client_message.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "freshet/codec/json_reader.hpp"
#include "freshet/codec/json_writer.hpp"

namespace freshet::service {
namespace {

using codec::JsonReader;
using codec::JsonToken;

constexpr std::size_t kIdBytesMax = 64;

enum class Member : std::uint8_t { type, id, resource, params, since, stream, inputs, token };
constexpr std::array<std::string_view, 8> kMembers = {"type",  "id",     "resource", "params",
                                                      "since", "stream", "inputs",   "token"};
constexpr unsigned bit(Member member) { return 1U << static_cast<unsigned>(member); }
constexpr unsigned kCommon = bit(Member::type) | bit(Member::id);

/// The members that a type may have, beside those that all may, and those that it must have.
struct Shape {
  unsigned allowed;
  unsigned required;
};
// In the order of ClientMessageType; a subscribe names a resource or a stream.
constexpr std::array<Shape, 5> kShapes = {
    Shape{bit(Member::resource) | bit(Member::params) | bit(Member::since) | bit(Member::stream), 0},
    Shape{bit(Member::stream), bit(Member::stream)},
    Shape{bit(Member::inputs), bit(Member::inputs)},
    Shape{0, 0},
    Shape{bit(Member::token), bit(Member::token)},
};

/// Reads a message member by member, and knows at the end whether they go together.
class MessageReader {
 public:
  explicit MessageReader(std::string_view text) : text_(text), json_(text) {}

  Result<void> read() {
    if (auto begun = json_.expect(JsonToken::begin_object); !begun) return begun;
    while (json_.next() == JsonToken::name) {
      end_raw();
      if (auto member = read_member(); !member) return member;
    }
    if (json_.token() != JsonToken::end_object) return json_.wrong("the name of a member");
    end_raw();
    if (auto end = json_.expect(JsonToken::end); !end) return end;
    return check();
  }
  ClientMessage& message() { return message_; }

 private:
  Result<void> read_member() {
    const auto name = std::ranges::find(kMembers, json_.text());
    if (name == kMembers.end())
      return json_.refuse(ErrorCode::invalid_argument, "there is no such member in a message");
    const auto member = static_cast<Member>(name - kMembers.begin());
    if ((seen_ & bit(member)) != 0) return json_.refuse(ErrorCode::invalid_argument, "the member stands here twice");
    seen_ |= bit(member);
    json_.next();
    switch (member) {
      case Member::type:
        return read_type();
      case Member::id:
        return read_id();
      case Member::resource:
        return read_string(message_.resource);
      case Member::params:
        return read_raw(message_.params);
      case Member::since:
        return read_string(message_.since);
      case Member::stream:
        return read_string(message_.stream);
      case Member::inputs:
        return read_raw(message_.inputs);
      case Member::token:
        break;
    }
    return read_string(message_.token);
  }

  Result<void> read_type() {
    const auto text = json_.string();
    if (!text) return fail(text.error());
    const auto type = std::ranges::find(kClientMessageTypes, *text);
    if (type == kClientMessageTypes.end()) {
      return json_.refuse(ErrorCode::invalid_argument, "there is no such type of message",
                          "there are subscribe, unsubscribe, write, ping and token");
    }
    message_.type = static_cast<ClientMessageType>(type - kClientMessageTypes.begin());
    return {};
  }

  Result<void> read_id() {
    const JsonToken token = json_.token();
    if (token != JsonToken::number && token != JsonToken::string) return json_.wrong("a number or a string");
    if (json_.text().size() > kIdBytesMax) return json_.refuse(ErrorCode::too_large, "the id is too long");
    if (token == JsonToken::number) {
      message_.id = json_.text();
    } else {
      codec::append_json_string(message_.id, json_.text());
    }
    return {};
  }

  Result<void> read_string(std::string& to) {
    const auto text = json_.string();
    if (!text) return fail(text.error());
    to = *text;
    return {};
  }

  // The text of a value as it stands. Where it ends shows at the token behind it.
  Result<void> read_raw(std::string_view& to) {
    raw_ = &to;
    raw_begin_ = json_.offset();
    return json_.skip_value();
  }
  void end_raw() {
    if (raw_ == nullptr) return;
    const std::string_view with_comma = text_.substr(raw_begin_, json_.offset() - raw_begin_);
    *std::exchange(raw_, nullptr) = with_comma.substr(0, with_comma.find_last_not_of(", \t\r\n") + 1);
  }

  Result<void> check() const {
    if ((seen_ & bit(Member::type)) == 0) return wrong("the message has no type");
    const Shape& shape = kShapes.at(static_cast<std::size_t>(message_.type));
    if ((seen_ & ~(kCommon | shape.allowed)) != 0) return wrong("the message has a member that its type does not have");
    if ((seen_ & shape.required) != shape.required) return wrong("the message lacks a member that its type needs");
    if (message_.type != ClientMessageType::subscribe) return {};
    const bool by_resource = (seen_ & bit(Member::resource)) != 0;
    if (by_resource == ((seen_ & bit(Member::stream)) != 0)) return wrong("name either a resource or a stream");
    if (!by_resource && (seen_ & bit(Member::params)) != 0) return wrong("a stream has its parameters already");
    return {};
  }

  static tl::unexpected<Error> wrong(std::string primary) {
    return fail(ErrorCode::invalid_argument, std::move(primary), "", "see /v1/asyncapi.yaml");
  }

  std::string_view text_;
  JsonReader json_;
  ClientMessage message_;
  unsigned seen_ = 0;
  std::string_view* raw_ = nullptr;
  std::size_t raw_begin_ = 0;
};

}  // namespace

tl::expected<ClientMessage, ClientMessageFault> read_client_message(std::string_view text) {
  MessageReader reader(text);
  if (auto read = reader.read(); !read) {
    return tl::unexpected(ClientMessageFault{std::move(read.error()), std::move(reader.message().id)});
  }
  return std::move(reader.message());
}

}  // namespace freshet::service
