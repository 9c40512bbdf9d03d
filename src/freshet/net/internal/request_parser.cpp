// SPDX-License-Identifier: MIT
#include "freshet/net/internal/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace freshet::net {
namespace {

namespace http = boost::beast::http;

std::string_view to_std(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

RequestParser::RequestParser(const RequestLimits& limits)
    : limits_(limits), scanner_(limits.head), chunks_(limits.body_bytes_max) {}

std::size_t RequestParser::fail(int status, std::string_view reason) {
  fault_ = {status, reason};
  state_ = State::failed;
  return 0;
}

std::size_t RequestParser::feed(std::string_view bytes) {
  if (state_ == State::head) return feed_head(bytes);
  if (state_ == State::body) return facts().chunked ? feed_chunks(bytes) : feed_body(bytes);
  return 0;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  const HeadScanner::State scanned = scanner_.scan(bytes);
  if (scanned == HeadScanner::State::need_more) return 0;
  if (scanned == HeadScanner::State::failed) return fail(scanner_.fault().status, scanner_.fault().reason);
  const HeadFacts& facts = scanner_.facts();
  body_bytes_left_ = facts.content_length.value_or(0);
  has_head_ = take_head(bytes.substr(facts.begin, facts.head_bytes - facts.begin));
  if (!has_head_) return 0;
  if (body_bytes_left_ > limits_.body_bytes_max) return fail(413, "the body is too large");
  state_ = facts.chunked || body_bytes_left_ > 0 ? State::body : State::complete;
  return facts.head_bytes;
}

bool RequestParser::take_head(std::string_view head) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(std::numeric_limits<std::uint32_t>::max());
  parser.body_limit(boost::none);
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error || !parser.is_header_done()) {
    fail(400, "the head is malformed");
    return false;
  }
  const auto& message = parser.get();
  const std::optional<Method> method = method_of(to_std(message.method_string()));
  if (!method) {
    fail(501, "the method is not implemented");
    return false;
  }
  request_.method = *method;
  for (const auto& field : message) {
    request_.headers.add(std::string(to_std(field.name_string())), std::string(to_std(field.value())));
  }
  take_target(to_std(message.target()));
  return true;
}

void RequestParser::take_target(std::string_view target) {
  if (const std::size_t scheme_end = target.find("://"); target.front() != '/' && scheme_end != target.npos) {
    target.remove_prefix(scheme_end + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const std::size_t path_end = std::min(target.find('?'), target.size());
  request_.path = path_end == 0 ? "/" : target.substr(0, path_end);
  if (path_end < target.size()) request_.query = target.substr(path_end + 1);
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  const std::size_t taken = std::min<std::uint64_t>(bytes.size(), body_bytes_left_);
  request_.body.append(bytes, 0, taken);
  body_bytes_left_ -= taken;
  if (body_bytes_left_ == 0) state_ = State::complete;
  return taken;
}

std::size_t RequestParser::feed_chunks(std::string_view bytes) {
  const std::size_t taken = chunks_.feed(bytes, request_.body);
  if (chunks_.fault_status() != 0) return fail(chunks_.fault_status(), chunks_.fault_reason());
  if (chunks_.done()) state_ = State::complete;
  return taken;
}

}  // namespace freshet::net
