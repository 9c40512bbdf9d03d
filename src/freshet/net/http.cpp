// SPDX-License-Identifier: MIT
#include "freshet/net/http.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr std::array<std::string_view, 7> kMethodNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// How closely one element of an Accept header, as "text/*;q=0.5", names `media_type`: 0 not at all, 3 by its name.
int closeness(std::string_view element, std::string_view media_type) {
  const std::string_view range = trim(element.substr(0, element.find(';')));
  if (equal_ignoring_case(range, media_type)) return 3;
  if (range == "*/*") return 1;
  const bool same_kind = range.ends_with("/*") && media_type.size() >= range.size() &&
                         equal_ignoring_case(range.substr(0, range.size() - 1), media_type.substr(0, range.size() - 1));
  return same_kind ? 2 : 0;
}

// Whether its weight is zero: "q=0", "q=0.000".
bool is_refused(std::string_view element) {
  bool refused = false;
  for (std::size_t at = element.find(';'); at != std::string_view::npos; at = element.find(';')) {
    element.remove_prefix(at + 1);
    const std::string_view param = trim(element.substr(0, element.find(';')));
    if (equal_ignoring_case(param.substr(0, 2), "q="))
      refused = param.find_first_not_of("0.", 2) == std::string_view::npos;
  }
  return refused;
}

void add_member(codec::JsonWriter& writer, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  writer.name(name);
  writer.string(text);
}

Response with_body(std::string_view content_type, std::string body, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string_view to_string(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

std::optional<Method> method_of(std::string_view name) {
  const auto found = std::find(kMethodNames.begin(), kMethodNames.end(), name);
  if (found == kMethodNames.end()) return std::nullopt;
  return static_cast<Method>(found - kMethodNames.begin());
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Header& field) { return equal_ignoring_case(field.name, name); });
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

const std::string* Headers::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [name](const Header& field) { return equal_ignoring_case(field.name, name); });
  return found == fields_.end() ? nullptr : &found->value;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : *value;
}

const Caller& Request::user() const {
  static const Caller nobody;  // constant
  return caller == nullptr ? nobody : *caller;
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals), true) != name) continue;
    return percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
  }
  return std::nullopt;
}

bool Request::accepts(std::string_view media_type) const {
  bool present = false;
  bool accepted = false;
  int closest = 0;
  for (const Header& field : headers) {
    if (!equal_ignoring_case(field.name, "accept")) continue;
    for_each_element(field.value, [&](std::string_view element) {
      present = true;
      const int close = closeness(element, media_type);
      if (close == 0 || close < closest) return;
      // Where the same is said twice, the friendlier word counts.
      accepted = !is_refused(element) || (accepted && close == closest);
      closest = close;
    });
  }
  return accepted || !present;
}

std::string Request::content_type() const {
  const std::string_view value = header("content-type");
  return lower(trim(value.substr(0, value.find(';'))));
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}

Response Response::text(std::string body, int status) {
  return with_body("text/plain; charset=utf-8", std::move(body), status);
}

Response Response::json(std::string body, int status) { return with_body("application/json", std::move(body), status); }

Response Response::json(Block body, int status) { return bytes("application/json", std::move(body), status); }

Response Response::bytes(std::string content_type, Block body, int status) {
  Response response = with_body(content_type, {}, status);
  response.shared_body = std::move(body);
  return response;
}

Response Response::problem(const Error& error) { return problem(http_status(error.code), error); }

Response Response::problem(int status, const Error& error) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object();
  add_member(writer, "type", "about:blank");
  add_member(writer, "title", reason_phrase(status));
  writer.name("status");
  writer.integer(status);
  add_member(writer, "code", freshet::to_string(error.code));
  add_member(writer, "primary", error.primary);
  add_member(writer, "detail", error.detail);
  add_member(writer, "hint", error.hint);
  add_member(writer, "path", error.path);
  writer.end_object();
  return with_body("application/problem+json", std::move(body), status);
}

Response Response::stream(Headers headers, StreamStart start) {
  Response response;
  response.headers = std::move(headers);
  response.start = std::move(start);
  return response;
}

Response Response::switch_protocol(Headers headers, UpgradeStart start) {
  Response response;
  response.status = 101;
  response.headers = std::move(headers);
  response.upgrade = std::move(start);
  return response;
}

Response Response::later(LaterStart start) {
  Response response;
  response.later_start = std::move(start);
  return response;
}

Response Response::again() {
  Response response;
  response.routes_again = true;
  return response;
}

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::out_of_range:
      return 400;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::already_exists:
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::refused:
      return 422;
    case ErrorCode::limit_exceeded:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      break;
  }
  return 500;
}

std::string_view reason_phrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 33> kReasons = {{
      {100, "Continue"},
      {101, "Switching Protocols"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {426, "Upgrade Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  }};
  const auto found =
      std::find_if(kReasons.begin(), kReasons.end(), [status](const auto& r) { return r.first == status; });
  return found == kReasons.end() ? "Status" : found->second;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      at += 2;
      if (c == '\0') return std::nullopt;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    result += c;
  }
  return result;
}

}  // namespace freshet::net
