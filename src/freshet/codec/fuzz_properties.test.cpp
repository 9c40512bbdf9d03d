// SPDX-License-Identifier: MIT
// What the fuzzers check, over their kept corpus and over random changes of it, so that every test run has some of it.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/codec/testing/json_properties.hpp"
#include "freshet/codec/testing/sse_properties.hpp"

namespace freshet::codec {
namespace {

std::vector<std::string> read_corpus(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(FRESHET_FUZZ_CORPUS "/" + name)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One to four small changes: what a mutating fuzzer does most of the time.
std::string mutate(std::string input, const std::vector<std::string>& corpus, std::mt19937& random) {
  constexpr char kFavourites[] = "{}[]\",:\\u0-.eE+ \r\n\xEF\xBB\xBF\xFF";  // its NUL is one of them
  const auto below = [&](std::size_t end) { return end == 0 ? 0 : random() % end; };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(input.size() + 1);
    const std::string& other = corpus[below(corpus.size())];
    switch (below(5)) {
      case 0:
        input.insert(at, 1, kFavourites[below(sizeof kFavourites)]);
        break;
      case 1:
        input.erase(at, 1 + below(8));
        break;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 3:
        input.insert(at, input.substr(below(input.size()), below(16)));
        break;
      default:
        input.insert(at, other.substr(below(other.size()), below(32)));
    }
  }
  return input;
}

void check_corpus(const std::string& name, void (*check)(std::string_view)) {
  const std::vector<std::string> corpus = read_corpus(name);
  ASSERT_FALSE(corpus.empty());
  for (const std::string& input : corpus) check(input);
  std::mt19937 random(1234);
  constexpr int kMutations = 5000;
  for (int i = 0; i < kMutations; ++i) check(mutate(corpus[random() % corpus.size()], corpus, random));
}

TEST(FuzzProperties, hold_for_json_texts) { check_corpus("json_decode", testing::check_json_properties); }

TEST(FuzzProperties, hold_for_event_streams) { check_corpus("sse", testing::check_sse_properties); }

}  // namespace
}  // namespace freshet::codec
