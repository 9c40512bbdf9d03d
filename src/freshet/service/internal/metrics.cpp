// SPDX-License-Identifier: MIT
#include "freshet/service/internal/metrics.hpp"

#include "freshet/service/exposition.hpp"

namespace freshet::service {
namespace {

void add_streams(Exposition& out, const stream::StreamStats& streams) {
  out.gauge("freshet_instances", "Resource instances that are open.", streams.instances);
  out.gauge("freshet_openings", "Openings of instances that were not given back.", streams.openings);
  out.gauge("freshet_sessions", "Clients that read an instance.", streams.sessions);
  out.counter("freshet_instances_built_total", "Instances that were built.", streams.instances_built);
  out.counter("freshet_instances_reused_total", "Openings that found an instance with equal parameters.",
              streams.instances_reused);
  out.counter("freshet_instances_expired_total", "Instances that ended because nobody used them.",
              streams.instances_expired);
  out.counter("freshet_build_failures_total", "Resources that could not be built.", streams.build_failures);
  out.counter("freshet_sessions_started_total", "Clients that began to read.", streams.sessions_started);
  out.counter("freshet_sessions_expired_total", "Clients whose token expired while they read.",
              streams.sessions_expired);
  out.counter("freshet_events_encoded_total", "Events that were encoded, each once for all its readers.");
  out.sample(streams.inits_encoded, {{"event", "init"}});
  out.sample(streams.updates_encoded, {{"event", "update"}});
  out.counter("freshet_events_sent_total", "Events that were handed to clients' connections.", streams.events_sent);
  out.counter("freshet_event_bytes_total", "Bytes of the events that were handed to clients' connections.",
              streams.event_bytes);
}

void add_resumes(Exposition& out, const stream::StreamStats& streams) {
  out.gauge("freshet_history_bytes", "What is kept for clients that come back, over all instances.",
            streams.history_bytes);
  out.gauge("freshet_history_events", "The same in events.", streams.history_events);
  out.counter("freshet_resumes_total", "Clients that came back and got exactly what they had missed.", streams.resumes);
  out.counter("freshet_events_resumed_total", "Events that they had missed.", streams.events_resumed);
  out.counter("freshet_resumes_refused_total", "Clients that came back and got a fresh init.");
  out.sample(streams.resumes_foreign, {{"reason", "foreign"}});
  out.sample(streams.resumes_garbled, {{"reason", "garbled"}});
  out.sample(streams.resumes_too_old, {{"reason", "too_old"}});
  out.sample(streams.resumes_future, {{"reason", "future"}});
  out.sample(streams.resumes_partial, {{"reason", "partial"}});
  out.counter("freshet_inits_shared_total", "Clients that got an init that was there, and the updates since.",
              streams.inits_shared);
  out.counter("freshet_snapshot_rows_total", "Rows that were encoded for inits.", streams.snapshot_rows);
  out.counter("freshet_snapshot_steps_total", "Steps of inits that took several turns.", streams.snapshot_steps);
  out.gauge("freshet_snapshot_rows_in_turn_max", "Rows encoded for inits in one turn, at most.",
            streams.snapshot_rows_in_turn_max);
  out.gauge("freshet_joins_waiting", "Clients whose init is being encoded.", streams.joins_waiting);
  out.counter("freshet_polls_total", "Long polls.", streams.polls);
  out.counter("freshet_poll_timeouts_total", "Long polls that were answered with nothing.", streams.poll_timeouts);
}

void add_slow_readers(Exposition& out, const stream::StreamStats& streams) {
  out.counter("freshet_sessions_lagged_total", "Times that a client did not keep up.", streams.sessions_lagged);
  out.counter("freshet_conflations_total", "Times that such a client got one merged update.", streams.conflations);
  out.counter("freshet_merged_updates_total", "Merged updates that were made; equal ones are made once.",
              streams.merged_encoded);
  out.counter("freshet_merged_keys_total", "Keys in merged updates.", streams.merged_keys);
  out.counter("freshet_lag_inits_total", "Times that such a client got a fresh init instead.", streams.lag_inits);
  out.gauge("freshet_lag_key_bytes", "Keys that are remembered for such clients.", streams.lag_key_bytes);
  out.counter("freshet_slow_disconnects_total", "Clients that were disconnected since they did not keep up.",
              streams.slow_disconnected);
  out.counter("freshet_slow_events_dropped_total", "Events left out for clients that did not keep up.",
              streams.slow_events_dropped);
}

void add_graph(Exposition& out, const GraphStats& graph) {
  out.gauge("freshet_version", "Number of the last commit.", graph.version);
  out.counter("freshet_commits_total", "Transactions that were applied.", graph.commits);
  out.counter("freshet_commits_refused_total", "Transactions that a check or a strict view refused.", graph.refused);
  out.gauge("freshet_nodes", "Nodes of the graph.", graph.node_count);
  out.gauge("freshet_rows", "Rows in all nodes.", graph.row_count);
  out.gauge("freshet_graph_bytes", "Memory of all nodes, estimated.", graph.bytes);
  out.gauge("freshet_posted_waiting", "Posted transactions that wait.", graph.posted_waiting);
  out.counter("freshet_rows_changed_total", "Rows that commits changed, over all nodes.", graph.rows_changed);
  out.counter("freshet_mapper_calls_total", "Calls of mappers.", graph.mapper_calls);
  out.counter("freshet_mapper_failures_total", "Calls of mappers that failed.", graph.mapper_failures);
  out.counter("freshet_callback_failures_total", "Subscribers' callbacks that failed.", graph.callback_failures);
}

void add_access(Exposition& out, const Measurements& measurements) {
  out.counter("freshet_access_rule_failures_total", "Calls of access rules that failed, and so denied.",
              measurements.access_faults);
  out.counter("freshet_tokens_refused_total", "Requests with a token that was refused, or without the one they need.",
              measurements.tokens_refused);
  out.counter("freshet_key_fetches_total", "Times that the keys for tokens were fetched.", measurements.key_fetches);
  out.counter("freshet_key_failures_total", "Times that keys for tokens could not be fetched or read.",
              measurements.key_failures);
}

void add_http(Exposition& out, const Measurements& measurements) {
  const net::ServerStats& http = measurements.http;
  out.gauge("freshet_http_connections", "Connections, streams included.", http.connections);
  out.gauge("freshet_http_streams", "Connections that are streams.", http.streams);
  out.gauge("freshet_queue_bytes", "Bytes that wait for clients, over all streams.", http.stream_queued_bytes);
  out.counter("freshet_http_connections_total", "Connections that were accepted.", http.accepted);
  out.counter("freshet_http_responses_total", "Requests that were answered, by status.");
  for (const auto& [status, count] : measurements.responses) out.sample(count, {{"code", std::to_string(status)}});
  out.counter("freshet_http_handler_faults_total", "Requests whose handler threw.", measurements.handler_faults);
  out.gauge("freshet_http_answers_under_way", "Answers that come later and are still to come.", http.answers_under_way);
  out.counter("freshet_http_answers_unwanted_total", "Answers whose client went away before they were there.",
              http.answers_unwanted);
  out.counter("freshet_stream_writes_total", "System calls that wrote to streams.", http.stream_writes);
  out.counter("freshet_stream_bytes_total", "Bytes that the kernel took for streams.", http.stream_bytes);
}

void add_sockets(Exposition& out, const Measurements& measurements) {
  const net::WebSocketStats& sockets = measurements.http.websockets;
  out.gauge("freshet_websockets", "WebSockets that are open.", sockets.open);
  out.gauge("freshet_websocket_subscriptions", "Streams that are read by WebSocket.",
            measurements.sockets.subscriptions);
  out.counter("freshet_websockets_total", "WebSockets that were opened.", sockets.opened);
  out.counter("freshet_websocket_subscriptions_total", "Streams that were begun to be read by WebSocket.",
              measurements.sockets.subscribed);
  out.counter("freshet_websocket_received_bytes_total", "Bytes that came in by WebSocket.", sockets.bytes_received);
  out.counter("freshet_websocket_messages_total", "Messages of WebSockets.");
  out.sample(sockets.messages_received, {{"direction", "received"}});
  out.sample(sockets.messages_sent, {{"direction", "sent"}});
  out.counter("freshet_websocket_pings_total", "Pings to WebSockets that said nothing.", sockets.pings_sent);
  out.counter("freshet_websocket_nonsense_total", "Messages that made no sense.", measurements.sockets.nonsense);
  out.counter("freshet_websocket_tokens_expired_total", "WebSockets whose token expired while they were open.",
              measurements.sockets.tokens_expired);
  out.counter("freshet_websocket_faults_total",
              "WebSockets that were closed because a message could not be dealt with.", sockets.listener_faults);
}

void add_socket_limits(Exposition& out, const Measurements& measurements) {
  const net::WebSocketStats& sockets = measurements.http.websockets;
  out.sample(sockets.handshakes_refused, {{"limit", "websocket_handshake"}});
  out.sample(sockets.protocol_errors, {{"limit", "websocket_protocol"}});
  out.sample(sockets.invalid_payloads, {{"limit", "websocket_payload"}});
  out.sample(sockets.messages_too_big, {{"limit", "websocket_message_bytes"}});
  out.sample(sockets.too_many_frames, {{"limit", "websocket_message_frames"}});
  out.sample(sockets.message_rates, {{"limit", "websocket_message_rate"}});
  out.sample(sockets.byte_rates, {{"limit", "websocket_byte_rate"}});
  out.sample(sockets.pong_timeouts, {{"limit", "websocket_pong_timeout"}});
  out.sample(sockets.close_timeouts, {{"limit", "websocket_close_timeout"}});
  out.sample(measurements.sockets.subscriptions_refused, {{"limit", "websocket_subscriptions"}});
  out.sample(measurements.sockets.nonsense_closes, {{"limit", "websocket_nonsense"}});
  out.sample(measurements.sockets.unread_answers, {{"limit", "websocket_answer_bytes"}});
  out.sample(measurements.sockets.token_timeouts, {{"limit", "websocket_token_timeout"}});
}

void add_transports(Exposition& out, const net::ServerStats& http) {
  out.gauge("freshet_http2_connections", "Connections that speak HTTP/2.", http.http2.connections);
  out.gauge("freshet_http2_streams", "Requests and streams over HTTP/2 that are open.", http.http2.streams);
  out.counter("freshet_http2_requests_total", "Requests over HTTP/2.", http.http2.requests);
  out.counter("freshet_http2_resets_total", "Streams that clients have reset, or made the server reset.",
              http.http2.resets_received);
  out.counter("freshet_tls_handshakes_total", "TLS handshakes, by outcome.");
  out.sample(http.tls.handshakes, {{"outcome", "done"}});
  out.sample(http.tls.handshakes_failed, {{"outcome", "failed"}});
  out.sample(http.tls.handshake_timeouts, {{"outcome", "timeout"}});
  out.counter("freshet_tls_certificate_loads_total", "Times that certificates were loaded again.",
              http.tls.certificate_loads);
  out.counter("freshet_tls_certificate_faults_total", "Those that failed, so that the old certificate stays.",
              http.tls.certificate_faults);
  out.counter("freshet_compressed_responses_total", "Responses that were sent compressed.", http.compression.responses);
  out.counter("freshet_compression_input_bytes_total", "Bytes before compression.", http.compression.bytes_before);
  out.counter("freshet_compression_output_bytes_total", "Bytes after it.", http.compression.bytes_after);
}

void add_transport_limits(Exposition& out, const net::ServerStats& http) {
  out.sample(http.tls.handshakes_delayed, {{"limit", "handshakes_per_turn"}});
  out.sample(http.tls.handshake_timeouts, {{"limit", "handshake_timeout"}});
  out.sample(http.tls.plain_requests, {{"limit", "plain_on_tls_port"}});
  out.sample(http.http2.reset_floods, {{"limit", "http2_resets"}});
  out.sample(http.http2.control_floods, {{"limit", "http2_control_frames"}});
  out.sample(http.http2.continuation_floods, {{"limit", "http2_continuations"}});
  out.sample(http.http2.buffered_refusals, {{"limit", "http2_buffered_bytes"}});
  out.sample(http.http2.protocol_errors, {{"limit", "http2_protocol"}});
}

void add_operations(Exposition& out, const Measurements& measurements) {
  const stream::StreamStats& streams = measurements.streams;
  out.gauge("freshet_ready", "1 while clients should come, else 0.", measurements.is_ready ? 1 : 0);
  out.gauge("freshet_clients", "Addresses that are remembered for their limits.", measurements.http.clients.known);
  out.counter("freshet_clients_forgotten_total", "Addresses that were forgotten for others.",
              measurements.http.clients.forgotten);
  out.counter("freshet_clients_untracked_total", "Times that an address had no limits since none could be forgotten.",
              measurements.http.clients.untracked);
  out.counter("freshet_access_log_lines_total", "Lines of the access log.", measurements.access_log.lines);
  out.counter("freshet_access_log_dropped_total", "Lines that were dropped since the disk was slow.",
              measurements.access_log.dropped);
  out.counter("freshet_access_log_faults_total", "Times that the access log could not be written or opened.",
              measurements.access_log.faults);
  out.counter("freshet_sessions_drained_total", "Clients that were told to come back later, at the stop.",
              streams.drained);
  out.counter("freshet_drain_waves_total", "In so many waves.", streams.drain_waves);
  out.histogram("freshet_http_request_seconds", "From a complete request to its answer, without streams.",
                measurements.http.request_times);
  out.histogram("freshet_encode_seconds", "To encode what a commit changed, once for each instance.",
                streams.encode_times);
  out.histogram(
      "freshet_delivery_seconds",
      "From a commit until it was written to the clients' sockets, or handed to the I/O loops, for each turn.",
      streams.delivery_times);
}

void add_client_limits(Exposition& out, const Measurements& measurements) {
  const net::ClientStats& clients = measurements.http.clients;
  out.sample(clients.connections_refused, {{"limit", "client_connections"}});
  out.sample(clients.requests_refused, {{"limit", "client_requests"}});
  out.sample(clients.writes_refused, {{"limit", "client_writes"}});
  out.sample(clients.forwarded_faults, {{"limit", "malformed_forwarded"}});
  out.sample(measurements.streams.client_sessions_refused, {{"limit", "client_sessions"}});
  out.sample(measurements.streams.client_instances_refused, {{"limit", "client_instances"}});
}

void add_limits(Exposition& out, const Measurements& measurements) {
  const net::ServerStats& http = measurements.http;
  const stream::StreamStats& streams = measurements.streams;
  out.counter("freshet_limits_total", "Times that a limit or timeout was hit.");
  out.sample(http.refused_connections, {{"limit", "connections"}});
  out.sample(http.accept_errors, {{"limit", "descriptors"}});
  out.sample(http.bad_requests, {{"limit", "malformed_request"}});
  out.sample(http.uri_too_long, {{"limit", "request_line_bytes"}});
  out.sample(http.head_too_large, {{"limit", "head_bytes"}});
  out.sample(http.body_too_large, {{"limit", "body_bytes"}});
  out.sample(http.head_timeouts, {{"limit", "head_timeout"}});
  out.sample(http.body_timeouts, {{"limit", "body_timeout"}});
  out.sample(http.idle_timeouts, {{"limit", "idle_timeout"}});
  out.sample(http.answers_refused, {{"limit", "answers_under_way"}});
  out.sample(http.answer_timeouts, {{"limit", "answer_timeout"}});
  out.sample(http.write_timeouts, {{"limit", "write_timeout"}});
  out.sample(http.keep_alive_ends, {{"limit", "keep_alive_requests"}});
  out.sample(http.stream_misbehaving, {{"limit", "stream_stray_bytes"}});
  out.sample(http.forced_closes, {{"limit", "stop_deadline"}});
  add_transport_limits(out, http);
  out.sample(streams.instances_refused, {{"limit", "instances"}});
  out.sample(streams.sessions_refused, {{"limit", "sessions"}});
  out.sample(streams.parameters_refused, {{"limit", "parameter_bytes"}});
  out.sample(streams.sessions_lagged, {{"limit", "session_queue_bytes"}});
  out.sample(streams.resumes_too_old, {{"limit", "history"}});
  out.sample(streams.lag_keys_dropped, {{"limit", "lag_key_bytes"}});
  out.sample(measurements.graph.posted_refused, {{"limit", "posted"}});
  add_socket_limits(out, measurements);
  add_client_limits(out, measurements);
}

}  // namespace

void add_metrics(Exposition& out, const Measurements& measurements) {
  add_streams(out, measurements.streams);
  add_resumes(out, measurements.streams);
  add_slow_readers(out, measurements.streams);
  add_graph(out, measurements.graph);
  add_access(out, measurements);
  add_http(out, measurements);
  add_sockets(out, measurements);
  add_transports(out, measurements.http);
  add_operations(out, measurements);
  add_limits(out, measurements);
}

}  // namespace freshet::service
