// SPDX-License-Identifier: MIT
//
// A post goes into the feed of everybody who follows its owner, once. This is the meta face; classic.cpp is the same
// program in classes.
#include "freshet/meta/mediator.hpp"
#include "models.hpp"
#include "open_store.hpp"
#include "story.hpp"

namespace {

using fluttergram::FeedEntry, fluttergram::Post, fluttergram::User;
using freshet::Placed, freshet::Result, freshet::StoreTransaction;

// [fan out]
/// One entry for each follower, as of the transaction that also marks the post as done.
Result<std::vector<Placed<FeedEntry>>> entries_of(const Post& post, StoreTransaction& transaction) {
  const auto owner = transaction.get<User>(post.owner_id);
  if (!owner) return freshet::fail(owner.error());
  std::vector<Placed<FeedEntry>> entries;
  if (!*owner) return entries;
  for (const auto& [follower, follows] : (*owner)->value.followers) {
    if (!follows) continue;
    const auto user = freshet::Reference::parse("users/" + follower);
    if (!user) return freshet::fail(user.error());
    entries.push_back({*user, FeedEntry{post.id, follower, post}});
  }
  return entries;
}
// [/fan out]

}  // namespace

int main(int argc, char** argv) {
  const auto store = open_store(argc, argv);
  if (!store) return 1;
  freshet::Mediators mediators(*store);
  // [tasks]
  mediators.tasks("feeds", freshet::from<Post>(), {.workers = 4}).on_create(entries_of).to(freshet::to_documents);
  // [/tasks]
  return fluttergram::tell(*store, mediators);
}
