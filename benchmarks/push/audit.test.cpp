// SPDX-License-Identifier: MIT
#include "push/audit.hpp"

#include <string>

#include <gtest/gtest.h>

namespace freshet::bench {
namespace {

/// Two keys, which one subscriber follows.
class AuditTest : public testing::Test {
 protected:
  std::string write(std::uint64_t key) {
    audit_.begin_tick(1'000);
    std::string row;
    audit_.write(row, key);
    return row;
  }
  void deliver(const std::string& rows, bool is_init = false) {
    audit_.delivered(knowledge_, is_init, "[" + rows + "]", 5'000);
  }

  Audit audit_{2, 2, 64};
  Knowledge knowledge_{.first_key = 0, .numbers = {0, 0}, .is_ready = true, .skipped = 0, .begun_after = 0};
};

TEST_F(AuditTest, takes_each_write_once_and_in_order) {
  audit_.add_follower(0, 1);
  const std::string first = write(0), other = write(1), second = write(0);
  deliver(first + "," + other);
  EXPECT_FALSE(audit_.is_up_to_date(knowledge_));
  EXPECT_EQ(audit_.complete_count(), 2U);
  deliver(second);
  EXPECT_TRUE(audit_.is_up_to_date(knowledge_));
  EXPECT_EQ(audit_.complete_count(), 3U);
  EXPECT_EQ(audit_.delivered_count(), 3U);
  EXPECT_EQ(audit_.faults().doubled + audit_.faults().skipped + audit_.faults().garbled, 0U);
  EXPECT_EQ(audit_.take_latencies().p50_us, 4.0);
}

TEST_F(AuditTest, sees_a_row_that_comes_twice_or_too_late) {
  const std::string first = write(0), second = write(0);
  deliver(first + "," + first);
  EXPECT_EQ(audit_.faults().doubled, 1U);
  deliver(second);
  deliver(first);
  EXPECT_EQ(audit_.faults().doubled, 2U);
}

TEST_F(AuditTest, sees_what_is_left_out) {
  write(0);
  write(0);
  deliver(write(0));
  EXPECT_EQ(audit_.faults().skipped, 2U);
  EXPECT_EQ(knowledge_.skipped, 2U);
  EXPECT_TRUE(audit_.is_up_to_date(knowledge_));
}

TEST_F(AuditTest, sees_rows_that_nobody_wrote) {
  std::string row = write(0);
  row[row.size() - 6] ^= 1;
  deliver(row);
  EXPECT_EQ(audit_.faults().garbled, 1U);
  deliver(R"([0,[{"n":9,"t":1,"x":""}]])");
  deliver(R"([7,[{"n":1,"t":1,"x":""}]])");
  deliver("nonsense");
  EXPECT_EQ(audit_.faults().garbled, 4U);
  EXPECT_EQ(audit_.delivered_count(), 0U);
}

TEST_F(AuditTest, takes_an_init_for_all_that_was_before_it_but_not_for_less_than_is_known) {
  const std::string first = write(0);
  const std::string second = write(0);
  deliver(second, true);
  EXPECT_EQ(audit_.faults().skipped + audit_.faults().doubled, 0U);
  deliver(second, true);
  EXPECT_EQ(audit_.faults().doubled, 0U);
  deliver(first, true);
  EXPECT_EQ(audit_.faults().doubled, 1U);
}

TEST_F(AuditTest, does_not_mind_what_was_under_way_when_a_client_came_to_a_server_without_rows) {
  const std::string before = write(0);
  audit_.begin_here(knowledge_);
  deliver(before);
  deliver(write(0));
  EXPECT_EQ(audit_.delivered_count(), 1U);
  EXPECT_EQ(audit_.faults().doubled + audit_.faults().skipped, 0U);
}

TEST(Rows, are_as_large_as_was_said) {
  const Rows rows(128);
  for (const std::uint64_t number : {1U, 12U, 123'456U}) {
    std::string row;
    rows.append(row, 42, number, number * 3);
    EXPECT_EQ(row.size() + 2, 128U) << row;
  }
}

}  // namespace
}  // namespace freshet::bench
