// SPDX-License-Identifier: MIT
#include "story.hpp"

#include <chrono>
#include <iostream>
#include <thread>

#include "freshet/codec/json.hpp"
#include "models.hpp"

namespace fluttergram {
namespace {

using freshet::Result;

Result<void> write(const freshet::Store& store) {
  return store.transact([](freshet::StoreTransaction& transaction) -> Result<void> {
    auto user = transaction.set(User{"ann", {{"bob", true}, {"cyd", false}, {"dan", true}}});
    if (!user) return freshet::fail(user.error());
    // As an app sends it: with a field that the model knows nothing of.
    const auto post = freshet::from_json<Post>(R"({"ownerId":"ann","hello":"world"})");
    if (!post) return freshet::fail(post.error());
    Post named = *post;
    named.id = "post_1";
    auto posted = transaction.set(named);
    if (!posted) return freshet::fail(posted.error());
    return {};
  });
}

/// Prints all feeds once they have so many entries. False if they do not come to that.
bool print_feeds(const freshet::Store& store, std::size_t count) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    const auto entries = store.query(freshet::from<FeedEntry>().in_group());
    if (entries && entries->size() == count) {
      for (const auto& entry : *entries) {
        std::cout << entry.reference.path() << ' ' << freshet::to_json(entry.value).value() << std::endl;
      }
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::cerr << "the feeds stay empty" << std::endl;
  return false;
}

}  // namespace

int tell(const freshet::Store& store, freshet::Mediators& mediators) {
  auto ready = store.prepare<User, Post, FeedEntry>();
  if (ready) ready = mediators.start();
  if (ready) ready = write(store);
  if (!ready) {
    std::cerr << to_string(ready.error()) << std::endl;
    return 1;
  }
  const bool told = print_feeds(store, 2);
  mediators.stop();
  return told ? 0 : 1;
}

}  // namespace fluttergram
