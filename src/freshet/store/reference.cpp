// SPDX-License-Identifier: MIT
#include "freshet/store/reference.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/utf8.hpp"

namespace freshet {
namespace {

constexpr std::size_t kShownBytesMax = 80;

// What a message shows of a text that somebody else chose.
std::string shown(std::string_view text) {
  std::string out;
  codec::append_as_utf8(out, text.substr(0, kShownBytesMax));
  if (text.size() > kShownBytesMax) out += "...";
  return out;
}

Result<void> check_name(std::string_view name) {
  if (name.empty()) return fail(ErrorCode::invalid_argument, "a name in a path is empty");
  if (name.size() > Reference::kNameBytesMax) {
    return fail(ErrorCode::invalid_argument, "a name in a path is too long", shown(name),
                "at most " + std::to_string(Reference::kNameBytesMax) + " bytes");
  }
  const auto is_refused = [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(name.begin(), name.end(), is_refused)) {
    return fail(ErrorCode::invalid_argument, "a name in a path has a '/' or a control character", shown(name));
  }
  if (!codec::is_utf8(name)) return fail(ErrorCode::invalid_argument, "a name in a path is not UTF-8", shown(name));
  return {};
}

Result<void> check_depth(std::size_t depth) {
  if (depth <= Reference::kDepthMax) return {};
  return fail(ErrorCode::invalid_argument, "a path is too deep", {},
              "at most " + std::to_string(Reference::kDepthMax) + " names");
}

}  // namespace

Result<Reference> Reference::parse(std::string_view path) {
  Reference reference;
  if (path.empty()) return reference;
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
  if (auto ok = check_depth(depth); !ok) return fail(std::move(ok.error()));
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (auto ok = check_name(path.substr(begin, end - begin)); !ok) {
      if (ok.error().detail.empty()) ok.error().detail = shown(path);
      return fail(std::move(ok.error()));
    }
    begin = end + 1;
  }
  reference.path_ = path;
  return reference;
}

bool Reference::is_name(std::string_view name) { return check_name(name).has_value(); }

Reference Reference::operator/(std::string_view name) const {
  if (auto ok = check_name(name); !ok) throw Failure(std::move(ok.error()));
  if (auto ok = check_depth(depth() + 1); !ok) throw Failure(std::move(ok.error()));
  Reference below;
  below.path_.reserve(path_.size() + 1 + name.size());
  if (!is_root()) (below.path_ = path_) += '/';
  below.path_ += name;
  return below;
}

std::size_t Reference::depth() const {
  return is_root() ? 0 : static_cast<std::size_t>(std::count(path_.begin(), path_.end(), '/')) + 1;
}

std::string_view Reference::name() const {
  const std::size_t slash = path_.rfind('/');
  return slash == std::string::npos ? std::string_view(path_) : std::string_view(path_).substr(slash + 1);
}

Reference Reference::parent() const {
  Reference above;
  const std::size_t slash = path_.rfind('/');
  if (slash != std::string::npos) above.path_ = path_.substr(0, slash);
  return above;
}

}  // namespace freshet
