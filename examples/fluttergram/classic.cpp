// SPDX-License-Identifier: MIT
//
// A post goes into the feed of everybody who follows its owner, once. This is the classic face; meta.cpp is the same
// program in plain functions.
#include "freshet/classic/mediator.hpp"
#include "models.hpp"
#include "open_store.hpp"
#include "story.hpp"

namespace {

using fluttergram::FeedEntry, fluttergram::Post, fluttergram::User;
using freshet::Event, freshet::Result, freshet::StoreTransaction;

// [fan out]
class Feeds final : public freshet::TaskMediator<Post> {
 public:
  /// One entry for each follower, as of the transaction that also marks the post as done.
  Result<void> on_create(const Event<Post>& event, StoreTransaction& transaction) override {
    const Post& post = event.document();
    const auto owner = transaction.get<User>(post.owner_id);
    if (!owner) return freshet::fail(owner.error());
    if (!*owner) return {};
    for (const auto& [follower, follows] : (*owner)->value.followers) {
      if (!follows) continue;
      const auto user = freshet::Reference::parse("users/" + follower);
      if (!user) return freshet::fail(user.error());
      const auto set = transaction.in(*user).set(FeedEntry{post.id, follower, post});
      if (!set) return freshet::fail(set.error());
    }
    return {};
  }
};
// [/fan out]

}  // namespace

int main(int argc, char** argv) {
  const auto store = open_store(argc, argv);
  if (!store) return 1;
  freshet::Mediators mediators(*store);
  mediators.add("feeds", std::make_unique<Feeds>(), {.workers = 4});
  return fluttergram::tell(*store, mediators);
}
