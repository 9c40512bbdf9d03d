// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <new>
#include <zlib.h>

#include "freshet/base/assert.hpp"

namespace freshet::net {
namespace {

// What a sender leaves out at the end of each message.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr std::size_t kInflatedBytesFirst = 1024;
constexpr int kMemoryLevel = 8;

void require(int status) {
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  FRESHET_ASSERT(status == Z_OK);
}

// The library's interface takes a pointer to mutable bytes and does not change them.
Bytef* input_of(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

}  // namespace

struct Inflater::Stream {
  Stream() { require(inflateInit2(&state, -kWindowBitsMax)); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&state); }

  // False where the bytes are no deflate stream. Stops when `out` would have more than `bytes_max` bytes, with one
  // more.
  bool inflate(std::string_view in, std::string& out, std::size_t bytes_max);

  z_stream state{};
};

bool Inflater::Stream::inflate(std::string_view in, std::string& out, std::size_t bytes_max) {
  FRESHET_ASSERT(in.size() <= UINT_MAX);
  state.next_in = input_of(in);
  state.avail_in = static_cast<uInt>(in.size());
  std::size_t size = out.size();
  bool valid = true;
  bool more = true;
  while (valid && more && size <= bytes_max) {
    // Room grows with what was inflated, so that a small message costs little and a bomb no more than the limit.
    if (size == out.size()) out.resize(size + std::min(std::max(kInflatedBytesFirst, size), bytes_max + 1 - size));
    state.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    state.avail_out = static_cast<uInt>(out.size() - size);
    const int status = ::inflate(&state, Z_SYNC_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    size = out.size() - state.avail_out;
    more = state.avail_in > 0 || state.avail_out == 0;
    // A final block may be followed by others.
    if (status == Z_STREAM_END) require(inflateReset(&state));
    valid = status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && !more);
  }
  out.resize(size);
  return valid;
}

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

tl::expected<std::string, Violation> Inflater::inflate(std::string_view compressed, std::size_t bytes_max) {
  if (stream_ == nullptr) stream_ = std::make_unique<Stream>();
  require(inflateReset(&stream_->state));
  std::string message;
  const bool valid = stream_->inflate(compressed, message, bytes_max) && stream_->inflate(kTail, message, bytes_max);
  if (message.size() > bytes_max) {
    return tl::unexpected(Violation{CloseCode::message_too_big, "the inflated message is too big"});
  }
  if (!valid) return tl::unexpected(Violation{CloseCode::invalid_payload, "the message cannot be inflated"});
  return message;
}

struct Deflater::Stream {
  Stream(int window_bits, int level) {
    require(deflateInit2(&state, level, Z_DEFLATED, -window_bits, kMemoryLevel, Z_DEFAULT_STRATEGY));
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&state); }

  z_stream state{};
};

Deflater::Deflater(int window_bits, int level) {
  FRESHET_ASSERT(window_bits >= kWindowBitsMin && window_bits <= kWindowBitsMax);
  stream_ = std::make_unique<Stream>(window_bits, level);
}
Deflater::~Deflater() = default;

std::string Deflater::deflate(std::string_view message) {
  z_stream& state = stream_->state;
  FRESHET_ASSERT(message.size() <= UINT_MAX / 2);
  require(deflateReset(&state));
  // The bound is for Z_FINISH; a flush adds an empty block, and a byte where the last block ends.
  std::string out(deflateBound(&state, message.size()) + 16, '\0');
  state.next_in = input_of(message);
  state.avail_in = static_cast<uInt>(message.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  require(::deflate(&state, Z_SYNC_FLUSH));
  FRESHET_ASSERT(state.avail_in == 0 && state.avail_out > 0);
  out.resize(out.size() - state.avail_out);
  FRESHET_ASSERT(std::string_view(out).ends_with(kTail));
  out.resize(out.size() - kTail.size());
  return out;
}

}  // namespace freshet::net
