// SPDX-License-Identifier: MIT
#include "push/writer.hpp"

#include <stdexcept>

namespace freshet::bench {

namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

}  // namespace

void Writer::connect() {
  channel_ = Channel(connect_to(server_.port(), 0), tls_);
  unfinished_.clear();
}

void Writer::send(const Requests& requests) {
  answers_due_ += requests.count;
  channel_.send(requests.bytes);
}

void Writer::receive(std::span<char> buffer) {
  const auto size = channel_.receive(buffer);
  if (!size) return;
  if (*size == 0) {
    // One that has nothing to say may be closed after a while; the next write opens it again.
    if (answers_due_ > 0 && !may_lose_answers_) throw std::runtime_error("the server closed the writer's connection");
    channel_ = Channel();
    return;
  }
  unfinished_.append(buffer.data(), *size);
  while (take_answer()) {
  }
}

/// Takes the first answer that is there; false when none is complete.
bool Writer::take_answer() {
  const std::string_view answers = unfinished_;
  const auto head_size = answers.find(kEndOfHead);
  if (head_size == std::string_view::npos) return false;
  const std::size_t size = head_size + kEndOfHead.size() + content_length(answers.substr(0, head_size));
  if (answers.size() < size) return false;
  if (!answers.starts_with("HTTP/1.1 20")) throw std::runtime_error("refused: " + unfinished_.substr(0, size));
  if (answers_due_ == 0) throw std::runtime_error("an answer without a request");
  --answers_due_;
  unfinished_.erase(0, size);
  return true;
}

}  // namespace freshet::bench
