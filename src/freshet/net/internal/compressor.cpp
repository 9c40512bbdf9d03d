// SPDX-License-Identifier: MIT
#include "freshet/net/internal/compressor.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>
#include <utility>
#include <zlib.h>

#include "freshet/net/internal/ascii.hpp"
#include "freshet/net/internal/response_head.hpp"

namespace freshet::net {
namespace {

// A window of 32 KiB, in gzip's own format.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr int kWeightOfOne = 1000;

// "0.5" in thousandths; what is malformed weighs nothing.
int weight_of(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * kWeightOfOne;
  if (text.size() > 1 && text[1] != '.') return 0;
  int unit = kWeightOfOne;
  for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
    unit /= 10;
    if (!is_digit(digit) || unit == 0) return 0;
    weight += (digit - '0') * unit;
  }
  return std::min(weight, kWeightOfOne);
}

bool is_text(std::string_view type) {
  if (type == "text/event-stream") return false;
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("+xml") ||
         type == "application/javascript" || type == "application/xml";
}

std::string media_type(const Response& response) {
  const std::string_view field = response.headers.get("Content-Type");
  return lower(trim(field.substr(0, field.find(';'))));
}

bool has_credentials(const Request& request) {
  return request.headers.find("Authorization") != nullptr || request.headers.find("Cookie") != nullptr ||
         request.query.find("access_token=") != std::string::npos;
}

bool may_be_changed(const Response& response) {
  if (response.headers.find("Content-Encoding") != nullptr || response.headers.find("Content-Range") != nullptr) {
    return false;
  }
  return lower(response.headers.get("Cache-Control")).find("no-transform") == std::string::npos;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  for_each_element(accept_encoding, [&](std::string_view element) {
    const std::size_t end = std::min(element.find(';'), element.size());
    const std::string name = lower(trim(element.substr(0, end)));
    int weight = kWeightOfOne;
    if (end < element.size()) {
      const std::string parameter = lower(trim(element.substr(end + 1)));
      weight = parameter.starts_with("q=") ? weight_of(std::string_view(parameter).substr(2)) : 0;
    }
    if (name == "gzip" || name == "x-gzip") gzip = weight;
    if (name == "identity") identity = weight;
    if (name == "*") any = weight;
  });
  const int ours = gzip.value_or(any.value_or(0));
  return ours > 0 && ours >= identity.value_or(0);
}

void Compressor::EndStream::operator()(z_stream* stream) const {
  ::deflateEnd(stream);
  delete stream;
}

Compressor::Compressor(const CompressionOptions& options) : options_(options) {}
Compressor::~Compressor() = default;

void Compressor::apply(const Request& request, Response& response) {
  if (!options_.enabled || response.start || response.upgrade || !has_body(response.status)) return;
  const std::size_t size = body_size(response);
  if (size < options_.body_bytes_min || size > options_.body_bytes_max) return;
  if (!is_text(media_type(response)) || !may_be_changed(response)) return;
  if (!options_.with_credentials && has_credentials(request)) return;
  // Also for those who get it as it is: a cache must not give them what others got.
  response.headers.add("Vary", "Accept-Encoding");
  if (!takes_gzip(request.header("Accept-Encoding"))) return;
  Block compressed = compressed_of(response);
  if (compressed == nullptr || compressed->size() >= size) return;
  ++stats_.responses;
  response.shared_body = std::move(compressed);
  response.body = std::string();
  response.headers.add("Content-Encoding", "gzip");
  // The same content in other bytes. Source: RFC 9110 section 8.8.1.
  const std::string tag(response.headers.get("ETag"));
  if (tag.starts_with('"')) response.headers.set("ETag", "W/" + tag);
}

Block Compressor::compressed_of(const Response& response) {
  if (response.shared_body == nullptr) return compress(response.body);
  const std::string* const key = response.shared_body.get();
  if (const auto found = cache_.find(key); found != cache_.end()) {
    if (found->second.body.lock() == response.shared_body) {
      ++stats_.cache_hits;
      return found->second.compressed;
    }
    // Another body came to lie where one had been.
    stats_.cached_bytes -= found->second.compressed->size();
    cache_.erase(found);
  }
  Block compressed = compress(*response.shared_body);
  if (compressed != nullptr && stats_.cached_bytes + compressed->size() <= options_.cache_bytes_max) {
    stats_.cached_bytes += compressed->size();
    cache_.emplace(key, Cached{response.shared_body, compressed});
  }
  return compressed;
}

Block Compressor::compress(const std::string& body) {
  if (stream_ == nullptr) {
    auto made = std::make_unique<z_stream>();
    if (::deflateInit2(made.get(), options_.level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      return nullptr;
    }
    stream_.reset(made.release());
  }
  z_stream& stream = *stream_;
  std::string out(::deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  // zlib's interface takes a pointer to mutable bytes and does not change them.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  ::deflateReset(&stream);
  if (result != Z_STREAM_END) return nullptr;
  out.shrink_to_fit();
  stats_.bytes_before += body.size();
  stats_.bytes_after += out.size();
  return make_block(std::move(out));
}

void Compressor::sweep() {
  std::erase_if(cache_, [&](const auto& entry) {
    if (!entry.second.body.expired()) return false;
    stats_.cached_bytes -= entry.second.compressed->size();
    return true;
  });
}

}  // namespace freshet::net
