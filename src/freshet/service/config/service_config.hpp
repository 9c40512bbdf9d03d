// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/model/enumeration.hpp"
#include "freshet/service/config/config.hpp"
#include "freshet/service/config/secret.hpp"
#include "freshet/service/options.hpp"

/// What every service can be told in its configuration file, by section. A program with settings of its own derives its
/// struct from ServiceConfig, and describes it with extends<ServiceConfig>().
///
/// Example: src/freshet/service/config/service_config.test.cpp [own]
namespace freshet {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };
constexpr auto describe(of<LogLevel>) {
  return enumeration<LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off>(
      "log_level");
}

/// [server]: as ServiceOptions.
struct ServerConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  LogLevel log_level = LogLevel::info;
  std::vector<std::string> cors_origins = {};
  std::optional<bool> show_graph = {};
  std::int64_t stop_deadline_ms = 3'000;
  std::int64_t drain_delay_ms = 0;
  std::string page_policy = ServiceOptions().page_policy;
  std::uint32_t workers = 0;
  std::uint32_t io_loops = 0;
};
constexpr auto describe(of<ServerConfig>) {
  return model(
      "server", field<&ServerConfig::host>(optional, length(1, 255), doc("Address to listen on.")),
      field<&ServerConfig::port>(optional, doc("0 takes a free one.")),
      field<&ServerConfig::log_level>(optional, doc("What goes to standard error.")),
      field<&ServerConfig::cors_origins>(optional, doc("Origins whose pages may use the service; \"*\" is any.")),
      field<&ServerConfig::show_graph>(
          doc("Whether clients may look into the graph; unset: from this machine, without access rules.")),
      field<&ServerConfig::stop_deadline_ms>(optional, range(0, 3'600'000),
                                             doc("How long a graceful stop waits for clients.")),
      field<&ServerConfig::drain_delay_ms>(optional, range(0, 3'600'000),
                                           doc("Before that: how long /readyz says 503 already.")),
      field<&ServerConfig::page_policy>(optional, length(0, 4'000),
                                        doc("The Content-Security-Policy of pages without one.")),
      field<&ServerConfig::workers>(optional, range(0, 256), doc("Threads that help with large commits.")),
      field<&ServerConfig::io_loops>(optional, range(0, 256), doc("Threads that send streams and WebSockets.")));
}

/// [streams]: as StreamOptions.
struct StreamsConfig {
  std::uint64_t instances_max = 10'000;
  std::uint64_t instance_sessions_max = 20'000;
  std::uint64_t sessions_max = 20'000;
  std::uint64_t parameter_bytes_max = 64 * 1024;
  std::uint64_t session_queue_bytes_max = 256 * 1024;
  std::uint64_t history_bytes_max = 1024 * 1024;
  std::uint64_t history_total_bytes_max = 256 * 1024 * 1024;
  std::int64_t history_age_max_ms = 60'000;
  std::int64_t poll_timeout_ms = 25'000;
  std::int64_t idle_time_ms = 60'000;
  std::int64_t heartbeat_interval_ms = 15'000;
  std::int64_t retry_min_ms = 500;
  std::int64_t retry_max_ms = 5'000;
  std::uint64_t drain_sessions_per_second = 5'000;
};
constexpr auto describe(of<StreamsConfig>) {
  return model(
      "streams", field<&StreamsConfig::instances_max>(optional, doc("Instances at once, over all resources.")),
      field<&StreamsConfig::instance_sessions_max>(optional, doc("Clients that read one instance.")),
      field<&StreamsConfig::sessions_max>(optional, doc("Clients that read at all.")),
      field<&StreamsConfig::parameter_bytes_max>(optional, doc("The parameters of one request.")),
      field<&StreamsConfig::session_queue_bytes_max>(optional, doc("Bytes that wait for a client that is slow.")),
      field<&StreamsConfig::history_bytes_max>(optional, doc("What each stream keeps for clients that come back.")),
      field<&StreamsConfig::history_total_bytes_max>(optional, doc("The same over all streams.")),
      field<&StreamsConfig::history_age_max_ms>(optional, range(0, 86'400'000), doc("For how long it is kept.")),
      field<&StreamsConfig::poll_timeout_ms>(optional, range(10, 3'600'000),
                                             doc("How long a long poll waits for something to happen.")),
      field<&StreamsConfig::idle_time_ms>(optional, range(1, 86'400'000),
                                          doc("How long a stream nobody reads is kept.")),
      field<&StreamsConfig::heartbeat_interval_ms>(optional, range(10, 86'400'000),
                                                   doc("How often quiet streams get a comment.")),
      field<&StreamsConfig::retry_min_ms>(optional, range(0, 3'600'000), doc("After a stop, clients return at random")),
      field<&StreamsConfig::retry_max_ms>(optional, range(0, 3'600'000), doc("between these two.")),
      field<&StreamsConfig::drain_sessions_per_second>(optional, at_least(10),
                                                       doc("How many of them are told in a second.")));
}

/// [http]: as net::ServerOptions.
struct HttpConfig {
  std::uint64_t connections_max = 20'000;
  std::uint64_t head_bytes_max = 16 * 1024;
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::uint64_t keep_alive_requests_max = 10'000;
  std::uint64_t answers_under_way_max = 10'000;
  std::int64_t head_timeout_ms = 10'000;
  std::int64_t body_timeout_ms = 30'000;
  std::int64_t idle_timeout_ms = 60'000;
  std::int64_t answer_timeout_ms = 60'000;
  std::int64_t write_timeout_ms = 30'000;
  std::int64_t handshake_timeout_ms = 10'000;
  bool http2_cleartext = true;
  std::uint32_t http2_streams_max = 128;
  bool compress = true;
};
constexpr auto describe(of<HttpConfig>) {
  return model(
      "http", field<&HttpConfig::connections_max>(optional, doc("Connections at once, streams included.")),
      field<&HttpConfig::head_bytes_max>(optional, at_least(256), doc("Request line and header fields.")),
      field<&HttpConfig::body_bytes_max>(optional, doc("The body of a request.")),
      field<&HttpConfig::keep_alive_requests_max>(optional, at_least(1), doc("Requests on one connection.")),
      field<&HttpConfig::answers_under_way_max>(optional, doc("Answers that come later.")),
      field<&HttpConfig::head_timeout_ms>(optional, range(1, 86'400'000), doc("For a head to arrive.")),
      field<&HttpConfig::body_timeout_ms>(optional, range(1, 86'400'000), doc("For a body to arrive.")),
      field<&HttpConfig::idle_timeout_ms>(optional, range(1, 86'400'000), doc("Between two requests.")),
      field<&HttpConfig::answer_timeout_ms>(optional, range(1, 86'400'000), doc("For a later answer.")),
      field<&HttpConfig::write_timeout_ms>(optional, range(1, 86'400'000), doc("For a client to take what is sent.")),
      field<&HttpConfig::handshake_timeout_ms>(optional, range(1, 86'400'000), doc("For a TLS handshake.")),
      field<&HttpConfig::http2_cleartext>(optional, doc("Whether HTTP/2 is spoken without TLS, too.")),
      field<&HttpConfig::http2_streams_max>(optional, range(1, 100'000), doc("Streams of one HTTP/2 connection.")),
      field<&HttpConfig::compress>(optional, doc("Whether texts are compressed for clients that want it.")));
}

enum class ForwardedBy : std::uint8_t { x_forwarded_for, forwarded };
constexpr auto describe(of<ForwardedBy>) {
  return enumeration<ForwardedBy::x_forwarded_for, ForwardedBy::forwarded>("forwarded_by");
}

/// [clients]: as net::ClientLimits, net::ProxyOptions, and what StreamOptions says of single clients.
struct ClientsConfig {
  std::uint64_t connections_max = 1'000;
  double requests_per_second = 500;
  double writes_per_second = 200;
  std::uint64_t sessions_max = 1'000;
  std::uint64_t instances_max = 1'000;
  std::uint64_t addresses_max = 100'000;
  std::vector<std::string> unlimited = {"127.0.0.0/8", "::1"};
  std::vector<std::string> trusted_proxies = {};
  ForwardedBy forwarded_by = ForwardedBy::x_forwarded_for;
};
constexpr auto describe(of<ClientsConfig>) {
  return model(
      "clients", doc("What one client may have; 0 is no limit."),
      field<&ClientsConfig::connections_max>(optional, doc("Connections of one address, streams included.")),
      field<&ClientsConfig::requests_per_second>(optional, range(0.0, 1e9),
                                                 doc("Of one address over time; four times that at once.")),
      field<&ClientsConfig::writes_per_second>(optional, range(0.0, 1e9),
                                               doc("Of these, and over WebSockets, those that are no reading.")),
      field<&ClientsConfig::sessions_max>(optional, doc("Streams that one user or address reads.")),
      field<&ClientsConfig::instances_max>(optional, doc("Instances that one user or address was the first to open.")),
      field<&ClientsConfig::addresses_max>(optional, at_least(1), doc("Addresses that are remembered.")),
      field<&ClientsConfig::unlimited>(optional, doc("Networks that have none of these limits by their address.")),
      field<&ClientsConfig::trusted_proxies>(optional, doc("Networks of proxies that say who a client is.")),
      field<&ClientsConfig::forwarded_by>(optional, doc("The field by which they say it; the other one is ignored.")));
}

/// [access_log]: as AccessLogOptions.
struct AccessLogConfig {
  std::string file = {};
  std::uint64_t queue_bytes_max = 4 * 1024 * 1024;
};
constexpr auto describe(of<AccessLogConfig>) {
  return model("access_log",
               field<&AccessLogConfig::file>(optional, doc("\"-\" is standard error; empty: there is none.")),
               field<&AccessLogConfig::queue_bytes_max>(optional, at_least(4'096), doc("What waits for a slow disk.")));
}

/// [tls]: as net::TlsOptions. With both files the service speaks TLS.
struct TlsConfig {
  std::string certificate_file = {};
  std::string private_key_file = {};
  bool allow_tls_1_2 = true;
  bool session_tickets = true;
  std::int64_t hsts_max_age_s = 0;
};
constexpr auto describe(of<TlsConfig>) {
  return model("tls",
               field<&TlsConfig::certificate_file>(optional, doc("A PEM file: the certificate, and those above it.")),
               field<&TlsConfig::private_key_file>(optional, doc("A PEM file, not encrypted: the certificate's key.")),
               field<&TlsConfig::allow_tls_1_2>(optional, doc("Whether clients without TLS 1.3 are served.")),
               field<&TlsConfig::session_tickets>(optional, doc("Whether clients return at less cost.")),
               field<&TlsConfig::hsts_max_age_s>(optional, range(0, 126'144'000),
                                                 doc("For how long browsers shall come by https alone; 0: unsaid.")));
}

/// [websocket]: as SocketOptions.
struct WebSocketConfig {
  bool enabled = true;
  std::uint64_t subscriptions_max = 128;
  std::vector<std::string> origins = {};
  bool same_origin = true;
  std::uint64_t message_bytes_max = 64 * 1024;
  double messages_per_second = 100;
  double bytes_per_second = 256.0 * 1024;
  std::int64_t ping_interval_ms = 25'000;
  std::int64_t pong_timeout_ms = 20'000;
  std::int64_t token_timeout_ms = 10'000;
  bool deflate = false;
};
constexpr auto describe(of<WebSocketConfig>) {
  return model(
      "websocket", field<&WebSocketConfig::enabled>(optional, doc("Whether there is /v1/ws.")),
      field<&WebSocketConfig::subscriptions_max>(optional, doc("Streams that one socket reads.")),
      field<&WebSocketConfig::origins>(optional, doc("Origins whose pages may connect, beside cors_origins.")),
      field<&WebSocketConfig::same_origin>(optional, doc("Whether pages of the service's own host may connect.")),
      field<&WebSocketConfig::message_bytes_max>(optional, at_least(128), doc("A message of a client.")),
      field<&WebSocketConfig::messages_per_second>(optional, range(0.1, 1e6),
                                                   doc("Of one client over time; four times that at once.")),
      field<&WebSocketConfig::bytes_per_second>(optional, range(128.0, 1e9),
                                                doc("Of one client over time; four times that at once.")),
      field<&WebSocketConfig::ping_interval_ms>(optional, range(100, 86'400'000),
                                                doc("Who says nothing for so long is asked.")),
      field<&WebSocketConfig::pong_timeout_ms>(optional, range(100, 86'400'000),
                                               doc("Who does not answer for so long is given up.")),
      field<&WebSocketConfig::token_timeout_ms>(optional, range(100, 86'400'000),
                                                doc("For a token to come, where one is needed.")),
      field<&WebSocketConfig::deflate>(optional, doc("Whether messages are compressed.")));
}

/// [skip]: as SkipOptions.
struct SkipConfig {
  std::optional<std::uint16_t> control_port = {};
};
constexpr auto describe(of<SkipConfig>) {
  return model("skip", field<&SkipConfig::control_port>(
                           doc("Where clients of Skip come in; 0 takes a free port, unset: nowhere.")));
}

/// [auth]: as AuthOptions.
struct AuthConfig {
  Secret secret = {};
  std::string public_key_file = {};
  std::string jwks_file = {};
  std::string jwks_url = {};
  std::string jwks_ca_file = {};
  std::int64_t jwks_refresh_interval_s = 3'600;
  std::int64_t jwks_refetch_interval_s = 30;
  std::string issuer = {};
  std::vector<std::string> audiences = {};
  std::int64_t leeway_s = 30;
  bool require_expiry = true;
  std::string user_claim = "sub";
  bool required = false;
  bool query_token = false;
  bool testing = false;
};
constexpr auto describe(of<AuthConfig>) {
  return model(
      "auth", field<&AuthConfig::secret>(optional, doc("For HS256, at least 32 bytes; or secret_file.")),
      field<&AuthConfig::public_key_file>(optional, doc("A PEM file, for RS256 or ES256.")),
      field<&AuthConfig::jwks_file>(optional, doc("A key set in a file, read again when it changes.")),
      field<&AuthConfig::jwks_url>(optional, doc("A key set at an address.")),
      field<&AuthConfig::jwks_ca_file>(optional, doc("Authorities to trust for that, in place of the system's.")),
      field<&AuthConfig::jwks_refresh_interval_s>(optional, range(1, 604'800), doc("How often it is fetched again.")),
      field<&AuthConfig::jwks_refetch_interval_s>(optional, range(1, 86'400),
                                                  doc("For keys that are not known: not more often than that.")),
      field<&AuthConfig::issuer>(optional, doc("What iss has to be; empty: anything.")),
      field<&AuthConfig::audiences>(optional, doc("One of which aud has to name.")),
      field<&AuthConfig::leeway_s>(optional, range(0, 3'600), doc("How far clocks may differ.")),
      field<&AuthConfig::require_expiry>(optional, doc("Whether a token needs an exp.")),
      field<&AuthConfig::user_claim>(optional, length(1, 100), doc("The claim that names the user.")),
      field<&AuthConfig::required>(optional, doc("Whether everything below /v1/ needs a token.")),
      field<&AuthConfig::query_token>(optional, doc("Whether ?access_token=... is taken, too.")),
      field<&AuthConfig::testing>(optional, doc("For tests: a token is the name of its user.")));
}

/// [stores.NAME]: where models live.
struct StoreConfig {
  /// "memory:", "sqlite:PATH", "postgres://user@host/database". No password: that has a place of its own.
  std::string url = {};
  Secret password = {};

  /// The URL with the password in it, for those who open the store.
  Secret full_url() const;
};
constexpr auto describe(of<StoreConfig>) {
  return model("store", field<&StoreConfig::url>(length(1, 2'000), doc("memory:, sqlite:PATH or postgres://...")),
               field<&StoreConfig::password>(optional, doc("Or password_file.")));
}

struct ServiceConfig {
  ServerConfig server = {};
  StreamsConfig streams = {};
  HttpConfig http = {};
  ClientsConfig clients = {};
  AccessLogConfig access_log = {};
  TlsConfig tls = {};
  WebSocketConfig websocket = {};
  SkipConfig skip = {};
  AuthConfig auth = {};
  std::map<std::string, StoreConfig> stores = {};
};
constexpr auto describe(of<ServiceConfig>) {
  return model("service", field<&ServiceConfig::server>(optional, doc("Where the service listens.")),
               field<&ServiceConfig::streams>(optional, doc("Limits of streams.")),
               field<&ServiceConfig::http>(optional, doc("Limits of connections and requests.")),
               field<&ServiceConfig::clients>(optional, doc("What one client may have, and who it is.")),
               field<&ServiceConfig::access_log>(optional, doc("A line for each request.")),
               field<&ServiceConfig::tls>(optional, doc("Encryption of connections.")),
               field<&ServiceConfig::websocket>(optional, doc("Limits of WebSockets.")),
               field<&ServiceConfig::skip>(optional, doc("The dialect of Skip's clients.")),
               field<&ServiceConfig::auth>(optional, doc("Who callers are.")),
               field<&ServiceConfig::stores>(optional, doc("Where models live.")));
}

/// Puts what a configuration says into the options of a service, and the other way round. Options that have no key
/// stay.
void apply(const ServiceConfig& config, ServiceOptions& options);
void take(const ServiceOptions& options, ServiceConfig& config);

/// What is wrong with a configuration as a whole, where each setting alone is fine. `place` is named in the faults.
std::vector<ConfigFault> check(const ServiceConfig& config, const std::string& place);

}  // namespace freshet
