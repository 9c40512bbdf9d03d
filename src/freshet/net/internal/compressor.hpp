// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freshet/net/compression.hpp"
#include "freshet/net/http.hpp"

// zlib's type, whose header stays in the source file.
using z_stream = struct z_stream_s;

namespace freshet::net {

/// Whether an Accept-Encoding field takes gzip, and likes it no less than what is not encoded.
/// Source: RFC 9110 section 12.5.3.
bool takes_gzip(std::string_view accept_encoding);

/// Compresses the responses of one server. Thread safety: belongs to the loop.
class Compressor {
 public:
  explicit Compressor(const CompressionOptions& options);
  ~Compressor();

  /// Compresses the body where that pays, and says in the head what caches need to know.
  void apply(const Request& request, Response& response);
  /// Forgets the compressed forms of bodies that are gone.
  void sweep();
  const CompressionStats& stats() const { return stats_; }

 private:
  struct EndStream {
    void operator()(z_stream* stream) const;
  };
  struct Cached {
    std::weak_ptr<const std::string> body;
    Block compressed;
  };

  Block compress(const std::string& body);
  Block compressed_of(const Response& response);

  const CompressionOptions options_;
  CompressionStats stats_;
  // Made for the first response; it takes a quarter of a megabyte.
  std::unique_ptr<z_stream, EndStream> stream_;
  std::unordered_map<const std::string*, Cached> cache_;
};

}  // namespace freshet::net
