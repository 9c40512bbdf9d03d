// expect: Freshet: the mapper cannot be called as function\(value, args...\) or function\(key, value, args...\)
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

bool is_less(const std::string& text, std::size_t length) { return text.size() < length; }

void use(const freshet::Collection<int, std::string>& texts) { const auto short_ones = texts.filter(is_less); }
