// SPDX-License-Identifier: MIT
#include "open_store.hpp"

#include <iostream>
#include <string_view>
#include <utility>

std::optional<freshet::Store> open_store(int argc, char** argv) {
  const bool is_named = argc == 3 && std::string_view(argv[1]) == "--store";
  if (argc != 1 && !is_named) {
    std::cerr << "usage: " << argv[0] << " [--store memory:|sqlite:PATH|postgres://...]" << std::endl;
    return std::nullopt;
  }
  auto store = freshet::Store::open(is_named ? argv[2] : "memory:");
  if (store) return std::move(*store);
  std::cerr << to_string(store.error()) << std::endl;
  return std::nullopt;
}
