// SPDX-License-Identifier: MIT
#include "freshet/service/remote/internal/remote_reader.hpp"

#include <optional>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/net/client/problem.hpp"
#include "freshet/service/resource_name.hpp"

namespace freshet::remote {
namespace {

constexpr std::chrono::milliseconds kFarewellTimeout{1'000};
constexpr std::size_t kInstanceIdBytesMax = 128;
// Rows with errors that are kept in mind; beyond it they are not counted.
constexpr std::size_t kFaultyRowsMax = 10'000;
constexpr DecodeOptions kLenient{.limits = {}, .ignore_unknown_fields = true};

struct Opened {
  std::string instance_id;
};
constexpr auto describe(of<Opened>) { return model("opened", field<&Opened::instance_id>()); }

struct Fault {
  std::string node, key;
  std::optional<std::string> error;
};
constexpr auto describe(of<Fault>) {
  return model("fault", field<&Fault::node>(), field<&Fault::key>(), field<&Fault::error>(optional));
}

struct Close {
  std::string reason;
};
constexpr auto describe(of<Close>) { return model("close", field<&Close::reason>(optional)); }

Error ended(std::string detail) {
  return {.code = ErrorCode::unavailable, .primary = "the stream has to be opened anew", .detail = std::move(detail)};
}

}  // namespace

RemoteReader::RemoteReader(net::Loop& loop, net::Url url, std::string resource, std::string params_json,
                           RemoteOptions options, std::unique_ptr<RemoteRows> rows)
    : loop_(loop),
      url_(std::move(url)),
      params_json_(std::move(params_json)),
      options_(std::move(options)),
      trust_(options_.ca_file),
      rows_(std::move(rows)),
      backoff_(options_.backoff, random_seed()) {
  status_.url = to_string(url_);
  status_.resource = std::move(resource);
}

net::HttpCallOptions RemoteReader::call_options() const {
  return {.connect_timeout = options_.connect_timeout,
          .answer_timeout = options_.answer_timeout,
          .idle_timeout = options_.silence_max,
          .limits = {},
          .trust = trust_};
}

net::ClientRequest RemoteReader::request(net::Method method, const std::string& path) const {
  net::ClientRequest request{.method = method, .url = url_};
  request.url.target += "/v1/streams/" + path;
  if (options_.headers) request.headers = options_.headers();
  return request;
}

void RemoteReader::open() {
  auto opening = request(net::Method::post, status_.resource);
  opening.headers.set("Content-Type", "application/json");
  opening.body = params_json_;
  exchange_ =
      std::make_unique<net::HttpExchange>(loop_, std::move(opening), call_options(),
                                          [this](const Result<net::ClientResponse>& answer) { take_opening(answer); });
}

void RemoteReader::take_opening(const Result<net::ClientResponse>& answer) {
  constexpr int kOk = 200;
  if (!answer) return open_again(answer.error());
  if (answer->status != kOk) return refused(net::problem_of(answer->status, answer->body));
  const auto opened = from_json<Opened>(answer->body, kLenient);
  if (!opened || opened->instance_id.size() > kInstanceIdBytesMax || !is_resource_name(opened->instance_id)) {
    return lose({.code = ErrorCode::invalid_argument,
                 .primary = "the server does not speak the protocol",
                 .detail = "it does not answer with the id of an instance"});
  }
  ++status_.openings;
  instance_id_ = opened->instance_id;
  read();
}

// One who refuses what he granted before may have been exchanged for another, who is not done yet.
void RemoteReader::refused(const Error& error) {
  const bool for_now = error.code == ErrorCode::unavailable || error.code == ErrorCode::limit_exceeded;
  for_now || status_.openings != 0 ? open_again(error) : lose(error);
}

void RemoteReader::read() {
  const auto reading = request(net::Method::get, instance_id_);
  net::EventSourceOptions options{.http = call_options(),
                                  .headers = reading.headers,
                                  .backoff = options_.backoff,
                                  .event_bytes_max = options_.event_bytes_max};
  net::EventSourceListener& listener = *this;
  source_ = std::make_unique<net::EventSource>(loop_, reading.url, std::move(options), listener);
}

void RemoteReader::open_again(const Error& why) {
  if (stopped_) return;
  source_.reset();
  retry_timer_.cancel();
  rows_->forget();
  instance_id_.clear();
  fall_behind(why);
  timer_ = loop_.after(backoff_.after(++failures_), [this] { open(); });
}

void RemoteReader::on_open() {
  ++status_.connections;
  // With an id the server goes on where it was; what is missing follows, or a whole state.
  if (!source_->last_event_id().empty() && !rows_->waiting()) become(RemoteState::ready);
}

void RemoteReader::on_event(const codec::SseEvent& event) {
  if (event.type == "init" || event.type == "update") return take_rows(event);
  if (event.type == "error") return take_faults(event.data);
  if (event.type == "close") take_close(event.data);
}

void RemoteReader::take_rows(const codec::SseEvent& event) {
  const bool all = event.type == "init";
  if (all) faulty_.clear();
  status_.faulty_rows = faulty_.size();
  event_id_ = event.last_event_id;
  conclude(rows_->take(event.data, all, options_.event_bytes_max), all);
}

void RemoteReader::retry() { conclude(rows_->retry(), false); }

void RemoteReader::conclude(const Result<Version>& version, bool all) {
  if (version) {
    retry_timer_.cancel();
    failures_ = 0;
    ++(all ? status_.inits : status_.updates);
    status_.event_id = event_id_;
    status_.version = *version;
    return become(RemoteState::ready);
  }
  ++status_.refusals;
  if (!rows_->waiting()) return open_again(version.error());
  fall_behind(version.error());
  if (!retry_timer_.pending()) retry_timer_ = loop_.after(backoff_.after(++failures_), [this] { retry(); });
}

void RemoteReader::take_faults(std::string_view json) {
  const auto faults = from_json<std::vector<Fault>>(json, kLenient);
  if (!faults) return;
  for (const Fault& fault : *faults) {
    const std::string row = fault.node + '\n' + fault.key;
    if (!fault.error) faulty_.erase(row);
    if (fault.error && faulty_.size() < kFaultyRowsMax) faulty_.insert(row);
  }
  status_.faulty_rows = faulty_.size();
}

// A reader that was too slow may go on where it was; the others have to open again.
void RemoteReader::take_close(std::string_view json) {
  const auto close = from_json<Close>(json, kLenient);
  const std::string reason = close ? close->reason : "";
  if (reason == "too_slow") return;
  open_again(ended(reason.empty() ? "the other server ended it" : reason));
}

void RemoteReader::on_lost(const Error& why, std::chrono::milliseconds /*retry_in*/) {
  ++status_.losses;
  fall_behind(why);
}

void RemoteReader::on_end(const Error& why) {
  if (why.code == ErrorCode::not_found) return open_again(why);
  // A token that was refused may be followed by another.
  if (why.code == ErrorCode::forbidden && options_.headers) return open_again(why);
  lose(why);
}

void RemoteReader::become(RemoteState state) {
  if (state == RemoteState::ready) status_.error.reset();
  if (std::exchange(status_.state, state) != state && options_.on_state) options_.on_state(status_);
}

void RemoteReader::fall_behind(const Error& why) {
  status_.error = why;
  if (status_.version != 0) become(RemoteState::behind);
}

void RemoteReader::lose(const Error& why) {
  source_.reset();
  status_.error = why;
  become(RemoteState::lost);
}

void RemoteReader::stop(std::function<void()> done) {
  stopped_ = true;
  source_.reset();
  timer_.cancel();
  retry_timer_.cancel();
  if (instance_id_.empty()) {
    exchange_.reset();
    return done();
  }
  auto options = call_options();
  options.connect_timeout = options.answer_timeout = options.idle_timeout = kFarewellTimeout;
  exchange_ = std::make_unique<net::HttpExchange>(
      loop_, request(net::Method::delete_, std::exchange(instance_id_, {})), std::move(options),
      [done = std::move(done)](const Result<net::ClientResponse>&) { done(); });
}

}  // namespace freshet::remote
