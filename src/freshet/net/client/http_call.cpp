// SPDX-License-Identifier: MIT
#include "freshet/net/client/http_call.hpp"

#include <utility>

#include "freshet/net/client/internal/call_core.hpp"

namespace freshet::net {

HttpCall::HttpCall(Loop& loop, ClientRequest request, const HttpCallOptions& options, HttpCallListener& listener)
    : core_(std::make_shared<CallCore>(loop, std::move(request), options, listener)) {
  core_->start();
}

HttpCall::~HttpCall() { core_->cancel(); }

void HttpCall::pause() { core_->pause(); }
void HttpCall::resume() { core_->resume(); }

namespace {

HttpCallOptions bounded(HttpCallOptions options) {
  if (!options.limits.body_bytes_max) options.limits.body_bytes_max = mib(1);
  return options;
}

}  // namespace

HttpExchange::HttpExchange(Loop& loop, ClientRequest request, HttpCallOptions options, Done done)
    : done_(std::move(done)), call_(loop, std::move(request), bounded(std::move(options)), *this) {}

void HttpExchange::on_head(const ResponseHead& head) {
  response_.status = head.status;
  response_.headers = head.headers;
}

void HttpExchange::on_end(Result<void> end) {
  // What is called may destroy this.
  const Done done = std::move(done_);
  if (end) {
    done(std::move(response_));
  } else {
    done(fail(std::move(end.error())));
  }
}

}  // namespace freshet::net
