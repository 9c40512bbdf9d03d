// SPDX-License-Identifier: MIT
#include "freshet/net/internal/io_report.hpp"

#include <utility>

#include "freshet/net/internal/far_end.hpp"
#include "freshet/net/internal/io_loop.hpp"
#include "freshet/net/internal/io_loops.hpp"

namespace freshet::net {

void IoReport::add_input(FarEnd& end, std::span<const char> bytes) {
  news_.push_back({&end, bytes.size(), end.slot(), IoNews::Kind::input, CloseReason::finished});
  input_.append(bytes.data(), bytes.size());
}

void IoReport::add_drained(FarEnd& end) {
  news_.push_back({&end, 0, end.slot(), IoNews::Kind::drained, CloseReason::finished});
}

void IoReport::add_closed(FarEnd& end, CloseReason reason) {
  news_.push_back({&end, 0, end.slot(), IoNews::Kind::closed, reason});
}

void IoReport::deliver() {
  if (!std::exchange(is_back_, true)) return owner_.hear(*this);
  // Ends of which there is input are still there: they are forgotten in a batch, which comes after this.
  for (const IoNews& news : news_) {
    if (news.kind == IoNews::Kind::input) news.end->took(news.input_bytes);
  }
  loop_.read_on();
}

}  // namespace freshet::net
