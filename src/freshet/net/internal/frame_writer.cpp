// SPDX-License-Identifier: MIT
#include "freshet/net/internal/frame_writer.hpp"

#include <algorithm>
#include <array>
#include <sys/uio.h>
#include <utility>

namespace freshet::net {
namespace {

constexpr std::size_t kGatherMax = 256;
// What grew beyond it is given back when all is sent.
constexpr std::size_t kOwnBytesKept = 4096;
constexpr std::size_t kPartsKept = 64;

}  // namespace

void FrameWriter::add_bytes(std::string_view bytes) {
  const std::size_t offset = own_.size();
  own_.append(bytes);
  bytes_ += bytes.size();
  // The part before may be of our own, too: then both lie side by side.
  if (front_ < parts_.size() && parts_.back().block == nullptr) {
    parts_.back().size += bytes.size();
  } else {
    parts_.push_back({nullptr, offset, bytes.size()});
  }
}

void FrameWriter::add_part(Block block, std::size_t offset, std::size_t size) {
  parts_.push_back({std::move(block), offset, size});
  bytes_ += size;
}

Transfer FrameWriter::send(Wire& wire) {
  Transfer all;
  do {
    std::array<iovec, kGatherMax> parts;
    const std::size_t count = std::min(parts_.size() - front_, kGatherMax);
    for (std::size_t at = 0; at < count; ++at) {
      const Part& part = parts_[front_ + at];
      const std::string& source = part.block ? *part.block : own_;
      // The system's interface takes a pointer to mutable bytes and does not change them.
      parts[at] = {const_cast<char*>(source.data()) + part.offset, part.size};
    }
    const Transfer sent = wire.write({parts.data(), count});
    take_off(sent.bytes);
    all.bytes += sent.bytes;
    all.state = sent.state;
  } while (all.state == Transfer::State::open && bytes_ > 0);
  return all;
}

void FrameWriter::take_off(std::size_t sent) {
  bytes_ -= sent;
  while (sent > 0) {
    Part& first = parts_[front_];
    const std::size_t taken = std::min(sent, first.size);
    first.offset += taken;
    first.size -= taken;
    sent -= taken;
    if (first.size > 0) return;
    first.block.reset();
    ++front_;
  }
  if (bytes_ == 0) clear();
}

void FrameWriter::clear() {
  bytes_ = 0;
  front_ = 0;
  parts_.clear();
  own_.clear();
  if (parts_.capacity() > kPartsKept) parts_ = {};
  if (own_.capacity() > kOwnBytesKept) own_ = std::string();
}

}  // namespace freshet::net
