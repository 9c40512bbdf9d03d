// SPDX-License-Identifier: MIT
// What the fuzzers check, over their kept corpora and over random changes of it, so that every test run has some of it.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/testing/forwarded_properties.hpp"
#include "freshet/net/testing/http2_properties.hpp"
#include "freshet/net/testing/http_properties.hpp"
#include "freshet/net/testing/response_properties.hpp"
#include "freshet/net/testing/websocket_properties.hpp"

namespace freshet::net {
namespace {

std::vector<std::string> read_corpus(const std::string& target) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(FRESHET_FUZZ_CORPUS "/" + target)) {
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

// One of the small changes that turn one meaning into another: a byte more, less or else, and a splice with `other`.
void mutate(std::string& input, const std::string& other, std::mt19937& random) {
  constexpr char kFavourites[] = "\r\n\t :;,=\"0aF/?*%[]\x80";  // its NUL is one of them
  const auto below = [&](std::size_t end) { return random() % std::max<std::size_t>(end, 1); };
  const std::size_t at = below(input.size() + 1);
  switch (below(4)) {
    case 0:
      input.insert(at, 1, kFavourites[below(sizeof kFavourites)]);
      break;
    case 1:
      input.erase(at, 1 + below(4));
      break;
    case 2:
      input.insert(at, other.substr(below(other.size()), below(40)));
      break;
    default:
      if (at < input.size()) input[at] = kFavourites[below(sizeof kFavourites)];
  }
}

void check_corpus_and_mutations(const std::string& target, void (*check)(std::string_view), int mutations = 3'000) {
  const std::vector<std::string> corpus = read_corpus(target);
  ASSERT_FALSE(corpus.empty());
  for (const std::string& input : corpus) check(input);
  std::mt19937 random(1234);
  for (int count = 0; count < mutations; ++count) {
    std::string input = corpus[random() % corpus.size()];
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
      mutate(input, corpus[random() % corpus.size()], random);
    }
    check(input);
  }
}

TEST(FuzzProperties, hold_for_requests) { check_corpus_and_mutations("http_request", testing::check_http_properties); }

TEST(FuzzProperties, hold_for_what_proxies_say) { check_corpus_and_mutations("forwarded", testing::check_forwarded); }

// Each of them is a server and two connections.
TEST(FuzzProperties, hold_for_http2_sessions) {
  check_corpus_and_mutations("http2_session", testing::check_http2_session, 500);
}

TEST(FuzzProperties, hold_for_responses) {
  check_corpus_and_mutations("http_response", testing::check_response_properties);
}

TEST(FuzzProperties, hold_for_frames) {
  check_corpus_and_mutations("websocket_frames", testing::check_websocket_frames);
}

TEST(FuzzProperties, hold_for_compressed_messages) {
  check_corpus_and_mutations("websocket_deflate", testing::check_websocket_deflate);
}

}  // namespace
}  // namespace freshet::net
