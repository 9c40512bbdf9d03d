// SPDX-License-Identifier: MIT
#include "freshet/service/config/service_config.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "freshet/net/fetch.hpp"
#include "freshet/service/auth/keys.hpp"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, 6> kLogLevels = {"trace", "debug", "info", "warn", "error", "off"};

// How much of a rate is let through at once.
constexpr double kBurstSeconds = 4;

// Less than one at once would be none at all.
net::RateLimit rate_of(double per_second) {
  return {per_second, per_second > 0 ? std::max(1.0, per_second * kBurstSeconds) : 0};
}

// What is no network was refused by check().
std::vector<net::IpNetwork> networks_of(const std::vector<std::string>& texts) {
  std::vector<net::IpNetwork> networks;
  for (const std::string& text : texts) {
    if (const auto network = net::IpNetwork::parse(text)) networks.push_back(*network);
  }
  return networks;
}

std::vector<std::string> texts_of(const std::vector<net::IpNetwork>& networks) {
  std::vector<std::string> texts;
  for (const net::IpNetwork& network : networks) texts.push_back(network.text());
  return texts;
}

void apply_server(const ServerConfig& config, ServiceOptions& options) {
  options.host = config.host;
  options.port = config.port;
  options.log_level = kLogLevels[static_cast<std::size_t>(config.log_level)];
  options.cors_origins = config.cors_origins;
  options.show_graph = config.show_graph;
  options.stop_deadline = milliseconds(config.stop_deadline_ms);
  options.drain_delay = milliseconds(config.drain_delay_ms);
  options.page_policy = config.page_policy;
  options.graph.workers = config.workers;
  options.http.io_loops = config.io_loops;
}

void apply_streams(const StreamsConfig& config, StreamOptions& options) {
  options.instances_max = config.instances_max;
  options.instance_sessions_max = config.instance_sessions_max;
  options.sessions_max = config.sessions_max;
  options.parameter_bytes_max = config.parameter_bytes_max;
  options.session_queue_bytes_max = config.session_queue_bytes_max;
  options.history_bytes_max = config.history_bytes_max;
  options.history_total_bytes_max = config.history_total_bytes_max;
  options.history_age_max = milliseconds(config.history_age_max_ms);
  options.poll_timeout = milliseconds(config.poll_timeout_ms);
  options.idle_time = milliseconds(config.idle_time_ms);
  options.heartbeat_interval = milliseconds(config.heartbeat_interval_ms);
  options.retry_min = milliseconds(config.retry_min_ms);
  options.retry_max = milliseconds(config.retry_max_ms);
  options.drain_sessions_per_second = config.drain_sessions_per_second;
}

void apply_http(const HttpConfig& config, net::ServerOptions& options) {
  options.connections_max = config.connections_max;
  options.head_bytes_max = config.head_bytes_max;
  options.request_line_bytes_max = std::min<std::size_t>(options.request_line_bytes_max, config.head_bytes_max);
  options.body_bytes_max = config.body_bytes_max;
  options.keep_alive_requests_max = config.keep_alive_requests_max;
  options.answers_under_way_max = config.answers_under_way_max;
  options.head_timeout = milliseconds(config.head_timeout_ms);
  options.body_timeout = milliseconds(config.body_timeout_ms);
  options.idle_timeout = milliseconds(config.idle_timeout_ms);
  options.answer_timeout = milliseconds(config.answer_timeout_ms);
  options.write_timeout = milliseconds(config.write_timeout_ms);
  options.handshake_timeout = milliseconds(config.handshake_timeout_ms);
  options.http2.cleartext = config.http2_cleartext;
  options.http2.streams_max = config.http2_streams_max;
  options.compression.enabled = config.compress;
}

void apply_tls(const TlsConfig& config, net::TlsOptions& options) {
  options.certificate_file = config.certificate_file;
  options.private_key_file = config.private_key_file;
  options.allow_tls_1_2 = config.allow_tls_1_2;
  options.session_tickets = config.session_tickets;
}

void apply_auth(const AuthConfig& config, AuthOptions& options) {
  options.secret = config.secret;
  options.public_key_file = config.public_key_file;
  options.jwks_file = config.jwks_file;
  options.jwks_url = config.jwks_url;
  options.jwks_ca_file = config.jwks_ca_file;
  options.jwks_refresh_interval = seconds(config.jwks_refresh_interval_s);
  options.jwks_refetch_interval = seconds(config.jwks_refetch_interval_s);
  options.checks.issuer = config.issuer;
  options.checks.audiences = config.audiences;
  options.checks.leeway = seconds(config.leeway_s);
  options.checks.require_expiry = config.require_expiry;
  options.checks.user_claim = config.user_claim;
  options.required = config.required;
  options.query_token = config.query_token;
  options.testing = config.testing;
}

void apply_clients(const ClientsConfig& config, ServiceOptions& options) {
  net::ClientLimits& limits = options.http.clients;
  limits.connections_max = config.connections_max;
  limits.requests = rate_of(config.requests_per_second);
  limits.writes = rate_of(config.writes_per_second);
  limits.clients_max = config.addresses_max;
  limits.unlimited = networks_of(config.unlimited);
  options.http.proxies.trusted = networks_of(config.trusted_proxies);
  options.http.proxies.field = static_cast<net::ForwardedField>(config.forwarded_by);
  options.streams.client_sessions_max = config.sessions_max;
  options.streams.client_instances_max = config.instances_max;
}

ClientsConfig taken(const net::ClientLimits& limits, const ServiceOptions& options) {
  return {.connections_max = limits.connections_max,
          .requests_per_second = limits.requests.per_second,
          .writes_per_second = limits.writes.per_second,
          .sessions_max = options.streams.client_sessions_max,
          .instances_max = options.streams.client_instances_max,
          .addresses_max = limits.clients_max,
          .unlimited = texts_of(limits.unlimited),
          .trusted_proxies = texts_of(options.http.proxies.trusted),
          .forwarded_by = static_cast<ForwardedBy>(options.http.proxies.field)};
}

void apply_websocket(const WebSocketConfig& config, SocketOptions& options) {
  options.enabled = config.enabled;
  options.subscriptions_max = config.subscriptions_max;
  options.token_timeout = milliseconds(config.token_timeout_ms);
  net::WebSocketOptions& websocket = options.websocket;
  websocket.origins = config.origins;
  websocket.same_origin = config.same_origin;
  websocket.messages.message_bytes_max = config.message_bytes_max;
  websocket.message_rate = {config.messages_per_second, config.messages_per_second * kBurstSeconds};
  // Two messages of the largest size must pass at once, or that size would be an empty promise.
  websocket.byte_rate = {config.bytes_per_second, std::max(config.bytes_per_second * kBurstSeconds,
                                                           2.0 * static_cast<double>(config.message_bytes_max))};
  websocket.ping_interval = milliseconds(config.ping_interval_ms);
  websocket.pong_timeout = milliseconds(config.pong_timeout_ms);
  websocket.deflate.enabled = config.deflate;
}

WebSocketConfig taken(const SocketOptions& options) {
  const net::WebSocketOptions& websocket = options.websocket;
  return {.enabled = options.enabled,
          .subscriptions_max = options.subscriptions_max,
          .origins = websocket.origins,
          .same_origin = websocket.same_origin,
          .message_bytes_max = websocket.messages.message_bytes_max,
          .messages_per_second = websocket.message_rate.per_second,
          .bytes_per_second = websocket.byte_rate.per_second,
          .ping_interval_ms = websocket.ping_interval.count(),
          .pong_timeout_ms = websocket.pong_timeout.count(),
          .token_timeout_ms = options.token_timeout.count(),
          .deflate = websocket.deflate.enabled};
}

AuthConfig taken(const AuthOptions& auth) {
  return {.secret = auth.secret,
          .public_key_file = auth.public_key_file,
          .jwks_file = auth.jwks_file,
          .jwks_url = auth.jwks_url,
          .jwks_ca_file = auth.jwks_ca_file,
          .jwks_refresh_interval_s = auth.jwks_refresh_interval.count(),
          .jwks_refetch_interval_s = auth.jwks_refetch_interval.count(),
          .issuer = auth.checks.issuer,
          .audiences = auth.checks.audiences,
          .leeway_s = auth.checks.leeway.count(),
          .require_expiry = auth.checks.require_expiry,
          .user_claim = auth.checks.user_claim,
          .required = auth.required,
          .query_token = auth.query_token,
          .testing = auth.testing};
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

// Where the password stands in postgres://user:password@host; npos if there is none.
std::size_t password_in(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return begin;
  const std::string_view rest = url.substr(begin + 3);
  const std::size_t at = rest.substr(0, rest.find_first_of("/?#")).rfind('@');
  const std::size_t colon = rest.find(':');
  return at != std::string_view::npos && colon < at ? begin + 3 + colon : std::string_view::npos;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
  }
  return out;
}

class Checker {
 public:
  explicit Checker(std::string place) : place_(std::move(place)) {}

  void check_auth(const ServiceConfig& config) {
    const AuthConfig& auth = config.auth;
    if (!auth.secret.empty()) {
      if (const auto key = auth::Key::from_secret(auth.secret.reveal()); !key) add("auth.secret", key.error());
    }
    if (!auth.jwks_url.empty()) {
      if (const auto url = net::parse_url(auth.jwks_url); !url) add("auth.jwks_url", url.error());
    }
    const bool has_keys =
        !auth.secret.empty() || !auth.public_key_file.empty() || !auth.jwks_file.empty() || !auth.jwks_url.empty();
    if (auth.required && !has_keys && !auth.testing) {
      add("auth.required", "there are no keys: every request would be refused",
          "set secret_file, public_key_file, jwks_file or jwks_url");
    }
    if (auth.testing && !is_loopback(config.server.host)) {
      add("auth.testing", "anybody could be anybody: the service listens on " + config.server.host,
          "only for tests, with a loopback address");
    }
  }

  // Half of it would be a service without TLS, which nobody asked for.
  void check_tls(const TlsConfig& tls) {
    if (!tls.certificate_file.empty() && tls.private_key_file.empty()) {
      add("tls.private_key_file", "is missing", "the certificate is of no use without its key");
    }
    if (tls.certificate_file.empty() && !tls.private_key_file.empty()) {
      add("tls.certificate_file", "is missing", "the key is of no use without its certificate");
    }
  }

  void check_clients(const ClientsConfig& clients) {
    check_networks("clients.unlimited", clients.unlimited);
    check_networks("clients.trusted_proxies", clients.trusted_proxies);
  }

  // A browser sends an origin as scheme and host alone: anything else would never be equal to one.
  void check_origins(const std::string& key, const std::vector<std::string>& origins) {
    for (const std::string& origin : origins) {
      if (origin == "*") continue;
      const std::size_t host = origin.find("://");
      const bool is_origin = host != std::string::npos && host != 0 && origin.size() > host + 3 &&
                             origin.find_first_of("/?#@ ", host + 3) == std::string::npos;
      if (!is_origin) add(key, "is no origin: " + origin, "write it as https://example.org, or * for any");
    }
  }

  void check_streams(const StreamsConfig& streams) {
    if (streams.retry_min_ms > streams.retry_max_ms) add("streams.retry_min_ms", "is more than retry_max_ms");
  }

  void check_store(const std::string& name, const StoreConfig& store) {
    const std::string key = "stores." + name + ".url";
    const std::string_view url = store.url;
    const bool is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if (!is_postgres && !url.starts_with("memory:") && !url.starts_with("sqlite:")) {
      add(key, "is no store that there is", "memory:, sqlite:PATH or postgres://user@host/database");
    }
    if (password_in(url) != std::string_view::npos) {
      add(key, "has a password in it, which would be shown", "put it into password, or into a file: password_file");
    }
    if (!store.password.empty() && (!is_postgres || url.find('@') == std::string_view::npos)) {
      add("stores." + name + ".password", "the url names no user that it could be for");
    }
  }

  std::vector<ConfigFault> take() { return std::move(faults_); }

 private:
  void check_networks(const std::string& key, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (const auto network = net::IpNetwork::parse(text); !network) add(key, network.error());
    }
  }

  void add(std::string key, std::string text, std::string hint = {}) {
    faults_.push_back({place_, std::move(key), std::move(text), std::move(hint)});
  }
  void add(std::string key, const Error& error) { add(std::move(key), to_string(error)); }

  const std::string place_;
  std::vector<ConfigFault> faults_;
};

}  // namespace

Secret StoreConfig::full_url() const {
  if (password.empty()) return Secret(url);
  const std::size_t at = url.find('@');
  if (at == std::string::npos) return Secret(url);
  return Secret(url.substr(0, at) + ":" + percent_encoded(password.reveal()) + url.substr(at));
}

void apply(const ServiceConfig& config, ServiceOptions& options) {
  apply_server(config.server, options);
  apply_streams(config.streams, options.streams);
  apply_http(config.http, options.http);
  apply_websocket(config.websocket, options.sockets);
  apply_clients(config.clients, options);
  options.skip.control_port = config.skip.control_port;
  apply_tls(config.tls, options.tls);
  options.hsts_max_age = seconds(config.tls.hsts_max_age_s);
  options.access_log = {.file = config.access_log.file, .queue_bytes_max = config.access_log.queue_bytes_max};
  apply_auth(config.auth, options.auth);
}

void take(const ServiceOptions& options, ServiceConfig& config) {
  const auto level = std::find(kLogLevels.begin(), kLogLevels.end(), options.log_level);
  config.server = {
      .host = options.host,
      .port = options.port,
      .log_level = level == kLogLevels.end() ? LogLevel::info : static_cast<LogLevel>(level - kLogLevels.begin()),
      .cors_origins = options.cors_origins,
      .show_graph = options.show_graph,
      .stop_deadline_ms = options.stop_deadline.count(),
      .drain_delay_ms = options.drain_delay.count(),
      .page_policy = options.page_policy,
      .workers = static_cast<std::uint32_t>(options.graph.workers),
      .io_loops = static_cast<std::uint32_t>(options.http.io_loops)};
  const StreamOptions& streams = options.streams;
  config.streams = {.instances_max = streams.instances_max,
                    .instance_sessions_max = streams.instance_sessions_max,
                    .sessions_max = streams.sessions_max,
                    .parameter_bytes_max = streams.parameter_bytes_max,
                    .session_queue_bytes_max = streams.session_queue_bytes_max,
                    .history_bytes_max = streams.history_bytes_max,
                    .history_total_bytes_max = streams.history_total_bytes_max,
                    .history_age_max_ms = streams.history_age_max.count(),
                    .poll_timeout_ms = streams.poll_timeout.count(),
                    .idle_time_ms = streams.idle_time.count(),
                    .heartbeat_interval_ms = streams.heartbeat_interval.count(),
                    .retry_min_ms = streams.retry_min.count(),
                    .retry_max_ms = streams.retry_max.count(),
                    .drain_sessions_per_second = streams.drain_sessions_per_second};
  const net::ServerOptions& http = options.http;
  config.http = {.connections_max = http.connections_max,
                 .head_bytes_max = http.head_bytes_max,
                 .body_bytes_max = http.body_bytes_max,
                 .keep_alive_requests_max = http.keep_alive_requests_max,
                 .answers_under_way_max = http.answers_under_way_max,
                 .head_timeout_ms = http.head_timeout.count(),
                 .body_timeout_ms = http.body_timeout.count(),
                 .idle_timeout_ms = http.idle_timeout.count(),
                 .answer_timeout_ms = http.answer_timeout.count(),
                 .write_timeout_ms = http.write_timeout.count(),
                 .handshake_timeout_ms = http.handshake_timeout.count(),
                 .http2_cleartext = http.http2.cleartext,
                 .http2_streams_max = http.http2.streams_max,
                 .compress = http.compression.enabled};
  config.tls = {.certificate_file = options.tls.certificate_file,
                .private_key_file = options.tls.private_key_file,
                .allow_tls_1_2 = options.tls.allow_tls_1_2,
                .session_tickets = options.tls.session_tickets,
                .hsts_max_age_s = options.hsts_max_age.count()};
  config.clients = taken(options.http.clients, options);
  config.access_log = {.file = options.access_log.file, .queue_bytes_max = options.access_log.queue_bytes_max};
  config.websocket = taken(options.sockets);
  config.skip.control_port = options.skip.control_port;
  config.auth = taken(options.auth);
}

std::vector<ConfigFault> check(const ServiceConfig& config, const std::string& place) {
  Checker checker(place);
  checker.check_auth(config);
  checker.check_streams(config.streams);
  checker.check_clients(config.clients);
  checker.check_origins("server.cors_origins", config.server.cors_origins);
  checker.check_origins("websocket.origins", config.websocket.origins);
  checker.check_tls(config.tls);
  for (const auto& [name, store] : config.stores) checker.check_store(name, store);
  return checker.take();
}

}  // namespace freshet
