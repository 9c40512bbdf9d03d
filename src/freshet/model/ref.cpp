// SPDX-License-Identifier: MIT
#include "freshet/model/ref.hpp"

#include <algorithm>

namespace freshet {
namespace {

constexpr std::size_t kIdBytesMax = 1500;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax &&
         std::none_of(id.begin(), id.end(), [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

Result<std::string> parse_reference(const Type& target, std::string_view text) {
  const std::string& collection = target.schema().collection;
  std::string_view id = text;
  if (text.size() > collection.size() && text.starts_with(collection) && text[collection.size()] == '/') {
    id.remove_prefix(collection.size() + 1);
  }
  if (is_id(id)) return std::string(id);
  return fail(ErrorCode::invalid_argument, "expected a reference to one of " + collection, {},
              "written as \"" + collection + "/<id>\"");
}

namespace detail {

std::string reference_path(const Schema& target, std::string_view id) {
  std::string path = target.collection;
  path += '/';
  path += id;
  return path;
}

}  // namespace detail
}  // namespace freshet
