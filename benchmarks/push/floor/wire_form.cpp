// SPDX-License-Identifier: MIT
#include "push/floor/wire_form.hpp"

#include <stdexcept>
#include <zlib.h>

namespace freshet::bench {

namespace {

constexpr int kLevel = 6, kMemoryLevel = 8;
constexpr std::size_t kShortMax = 125, kMiddleMax = 65'535;

std::string frame(std::string_view payload, bool is_deflated) {
  std::string bytes(1, static_cast<char>(is_deflated ? 0xc1 : 0x81));
  const auto append_size = [&bytes, &payload](int count) {
    for (int at = count - 1; at >= 0; --at) bytes.push_back(static_cast<char>(payload.size() >> (8 * at)));
  };
  if (payload.size() <= kShortMax) {
    append_size(1);
  } else if (payload.size() <= kMiddleMax) {
    bytes.push_back(126);
    append_size(2);
  } else {
    bytes.push_back(127);
    append_size(8);
  }
  return bytes.append(payload);
}

}  // namespace

WireForm::WireForm(bool is_sse, bool deflates) : is_sse_(is_sse) {
  if (!deflates) return;
  deflater_ = std::make_unique<z_stream_s>();
  if (deflateInit2(deflater_.get(), kLevel, Z_DEFLATED, -MAX_WBITS, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
}

WireForm::WireForm(WireForm&&) noexcept = default;

WireForm::~WireForm() {
  if (deflater_ != nullptr) deflateEnd(deflater_.get());
}

std::string_view WireForm::response_head() const {
  if (is_sse_)
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  // The accept value of the key that the load client always sends.
  if (deflater_ == nullptr)
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate; "
         "server_no_context_takeover; client_no_context_takeover\r\n\r\n";
}

std::string WireForm::message(const char* type, std::uint64_t version, const std::string& rows) {
  const std::string id = "floor-" + std::to_string(version);
  if (is_sse_) return std::string("event: ") + type + "\nid: " + id + "\ndata: [" + rows + "]\n\n";
  const std::string text =
      R"({"stream":"floor000000","event":")" + std::string(type) + R"(","id":")" + id + R"(","data":[)" + rows + "]}";
  return deflater_ == nullptr ? frame(text, false) : frame(deflated(text), true);
}

std::string WireForm::deflated(std::string_view text) {
  std::string bytes(deflateBound(deflater_.get(), text.size()) + 16, '\0');
  deflateReset(deflater_.get());
  deflater_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  deflater_->avail_in = static_cast<uInt>(text.size());
  deflater_->next_out = reinterpret_cast<Bytef*>(bytes.data());
  deflater_->avail_out = static_cast<uInt>(bytes.size());
  if (deflate(deflater_.get(), Z_SYNC_FLUSH) != Z_OK) throw std::runtime_error("deflate");
  // A message goes without the empty block that ends it.
  constexpr std::size_t kTailBytes = 4;
  bytes.resize(bytes.size() - deflater_->avail_out - kTailBytes);
  return bytes;
}

}  // namespace freshet::bench
