// SPDX-License-Identifier: MIT
#include "resource_reader.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "freshet/codec/json.hpp"
#include "freshet/model/describe.hpp"

namespace temp_monitor {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::ip::tcp;
using freshet::Error, freshet::ErrorCode, freshet::fail, freshet::Result;
using namespace std::chrono_literals;

constexpr auto kAnswerTimeout = 10s;
constexpr auto kSilenceMax = 60s;  // the service sends a comment four times as often
constexpr auto kFarewellTimeout = 1s;
constexpr std::chrono::milliseconds kFirstDelay = 250ms;
constexpr std::chrono::milliseconds kLongestDelay = 5s;

// Errors come as values, in a tuple: a lost connection is nothing exceptional here.
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

struct Opened {
  std::string instance_id;
};
constexpr auto describe(freshet::of<Opened>) {
  return freshet::model("opened", freshet::field<&Opened::instance_id>());
}

/// What a service says about a request that it refuses (RFC 9457).
struct Problem {
  std::string primary, detail, hint, path;
};
constexpr auto describe(freshet::of<Problem>) {
  using freshet::field, freshet::optional;
  return freshet::model("problem", field<&Problem::primary>(), field<&Problem::detail>(optional),
                        field<&Problem::hint>(optional), field<&Problem::path>(optional));
}

constexpr freshet::DecodeOptions kLenient{.limits = {}, .ignore_unknown_fields = true};

ErrorCode code_of(unsigned status) {
  if (status == 404) return ErrorCode::not_found;
  if (status == 429 || status >= 500) return ErrorCode::unavailable;
  return ErrorCode::refused;
}

Error refusal(unsigned status, std::string_view body) {
  if (const auto problem = freshet::from_json<Problem>(body, kLenient)) {
    return {code_of(status), problem->primary, problem->detail, problem->hint, problem->path};
  }
  return {.code = code_of(status), .primary = "the service answers with status " + std::to_string(status)};
}

/// The conversation with one service. One request at a time, each on a connection of its own.
class Conversation {
 public:
  Conversation(const ResourceAddress& address, const ReaderCallbacks& callbacks)
      : address_(address), callbacks_(callbacks) {}

  Result<std::string> snapshot() { return run(fetch("/v1/snapshot/")); }

  Result<void> follow() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.async_wait([this](const auto& error, int) {
      if (!error) stop();
    });
    return run(read_until_stopped());
  }

 private:
  template <class T> Result<T> run(awaitable<Result<T>> work) {
    Result<T> outcome;
    asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& exception, Result<T> result) {
      signals_.cancel();
      if (exception) std::rethrow_exception(exception);
      outcome = std::move(result);
    });
    io_.run();
    return outcome;
  }

  void stop() {
    stopping_ = true;
    signals_.clear();  // a second Ctrl-C ends the program at once
    timer_.cancel();
    resolver_.cancel();
    stream_.cancel();
  }

  // [life]
  awaitable<Result<void>> read_until_stopped() {
    std::chrono::milliseconds delay = kFirstDelay;
    while (!stopping_) {
      const Result<void> ended = co_await open_and_read();
      if (stopping_) break;
      if (!ended && !may_come_back(ended.error())) co_return fail(ended.error());
      if (std::exchange(has_news_, false)) {
        delay = kFirstDelay;
        callbacks_.on_notice("connection lost, trying again");
      }
      timer_.expires_after(std::max(delay, events_.retry().value_or(delay)));
      co_await timer_.async_wait(kTuple);
      delay = std::min(2 * delay, kLongestDelay);
    }
    co_await give_back();
    co_return Result<void>();
  }
  // [/life]

  /// Whether to try again. A service that was there once may restart; an instance may have ended meanwhile.
  bool may_come_back(const Error& error) {
    if (error.code == ErrorCode::not_found && !instance_id_.empty()) {
      instance_id_.clear();
      return true;
    }
    return was_connected_ && error.code == ErrorCode::unavailable;
  }

  awaitable<Result<void>> open_and_read() {
    if (instance_id_.empty()) {
      const Result<std::string> answer = co_await fetch("/v1/streams/");
      if (!answer) co_return fail(answer.error());
      const Result<Opened> opened = freshet::from_json<Opened>(*answer, kLenient);
      if (!opened) co_return fail(opened.error());
      instance_id_ = opened->instance_id;
    }
    co_return co_await read_events();
  }

  /// Posts the parameters to `path` + resource; gives the body of the answer.
  awaitable<Result<std::string>> fetch(std::string_view path) {
    http::request<http::string_body> request(http::verb::post, std::string(path) + address_.resource, 11);
    request.set(http::field::content_type, "application/json");
    request.body() = address_.params;
    const Result<void> sent = co_await send(request, kAnswerTimeout);
    if (!sent) co_return fail(sent.error());
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    const auto [error, size] = co_await http::async_read(stream_, buffer, response, kTuple);
    stream_.close();
    if (error) co_return lost(error);
    if (response.result() != http::status::ok) co_return fail(refusal(response.result_int(), response.body()));
    co_return std::move(response.body());
  }

  awaitable<Result<void>> read_events() {
    http::request<http::string_body> request(http::verb::get, "/v1/streams/" + instance_id_, 11);
    request.set(http::field::accept, "text/event-stream");
    const Result<void> sent = co_await send(request, kAnswerTimeout);
    if (!sent) co_return fail(sent.error());

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    parser.eager(true);
    events_.restart();
    while (!parser.is_done() && !stopping_) {
      stream_.expires_after(kSilenceMax);
      const auto [error, size] = co_await http::async_read_some(stream_, buffer, parser, kTuple);
      if (error) co_return lost(error);
      if (!parser.is_header_done() || parser.get().result() != http::status::ok) continue;
      // The body is read piece by piece: what is there is taken out, so that it never grows.
      const std::string piece = std::exchange(parser.get().body(), {});
      const auto fed = events_.feed(piece, [this](const auto& event) { take(event); });
      if (!fed) co_return fail(fed.error());
    }
    stream_.close();
    if (parser.get().result() == http::status::ok) co_return Result<void>();
    co_return fail(refusal(parser.get().result_int(), parser.get().body()));
  }

  void take(const freshet::codec::SseEvent& event) {
    if (!has_news_ && was_connected_) callbacks_.on_notice("connected again");
    has_news_ = was_connected_ = true;
    if (event.type == "close") instance_id_.clear();
    callbacks_.on_event(event);
  }

  /// Deletes the opening, if there is one and the service still answers.
  awaitable<void> give_back() {
    if (instance_id_.empty()) co_return;
    http::request<http::string_body> request(http::verb::delete_, "/v1/streams/" + instance_id_, 11);
    const Result<void> sent = co_await send(request, kFarewellTimeout);
    if (!sent) co_return;
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream_, buffer, response, kTuple);
    stream_.close();
  }

  /// Connects and sends; what follows has `timeout` altogether.
  awaitable<Result<void>> send(http::request<http::string_body>& request, std::chrono::steady_clock::duration timeout) {
    const auto [unresolved, hosts] =
        co_await resolver_.async_resolve(address_.service.host, address_.service.port, kTuple);
    if (unresolved) co_return lost(unresolved);
    stream_.close();
    stream_.expires_after(timeout);
    const auto [unconnected, host] = co_await stream_.async_connect(hosts, kTuple);
    if (unconnected) co_return lost(unconnected);
    request.set(http::field::host, address_.service.host + ":" + address_.service.port);
    request.prepare_payload();
    const auto [unsent, size] = co_await http::async_write(stream_, request, kTuple);
    if (unsent) co_return lost(unsent);
    co_return Result<void>();
  }

  tl::unexpected<Error> lost(const boost::system::error_code& error) const {
    const auto& [host, port] = address_.service;
    return fail(ErrorCode::unavailable, "cannot reach " + host + ":" + port, error.message(),
                "is the service running?");
  }

  const ResourceAddress& address_;
  const ReaderCallbacks& callbacks_;
  asio::io_context io_;
  asio::signal_set signals_{io_};
  asio::steady_timer timer_{io_};
  tcp::resolver resolver_{io_};
  beast::tcp_stream stream_{io_};
  freshet::codec::SseParser events_;
  std::string instance_id_;  // empty: nothing is open
  bool stopping_ = false;
  bool was_connected_ = false;  // an event has come, ever
  bool has_news_ = false;       // an event has come on this connection
};

}  // namespace

Result<ServiceAddress> parse_service_url(std::string_view url) {
  const auto refuse = [url] {
    return fail(ErrorCode::invalid_argument, "cannot use the URL " + std::string(url), {}, "http://HOST:PORT");
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return refuse();
  std::string_view rest = url.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  ServiceAddress address{.host = {}, .port = "80"};
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return refuse();
    address.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const auto end = std::min(rest.find(':'), rest.size());
    address.host = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (!rest.empty()) {
    if (rest.front() != ':') return refuse();
    address.port = rest.substr(1);
  }
  const bool is_number = !address.port.empty() && address.port.size() <= 5 &&
                         std::ranges::all_of(address.port, [](char c) { return c >= '0' && c <= '9'; });
  const bool has_path = address.host.find('/') != std::string::npos;
  if (address.host.empty() || has_path || !is_number) return refuse();
  return address;
}

Result<std::string> fetch_snapshot(const ResourceAddress& address) {
  const ReaderCallbacks callbacks;
  return Conversation(address, callbacks).snapshot();
}

Result<void> follow(const ResourceAddress& address, const ReaderCallbacks& callbacks) {
  return Conversation(address, callbacks).follow();
}

}  // namespace temp_monitor
