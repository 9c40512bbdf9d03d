// SPDX-License-Identifier: MIT
#include "freshet/net/caller.hpp"

#include <algorithm>

namespace freshet {
namespace {

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

bool Caller::says(std::string_view name, std::string_view text) const {
  const Value* value = claim(name);
  if (value == nullptr) return false;
  if (const std::string* words = value->if_string()) return *words == text || has_word(*words, text);
  const Value::List* list = value->if_list();
  return list != nullptr && std::any_of(list->begin(), list->end(), [text](const Value& element) {
           return element.if_string() != nullptr && *element.if_string() == text;
         });
}

}  // namespace freshet
