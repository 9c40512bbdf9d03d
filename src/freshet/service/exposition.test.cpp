// SPDX-License-Identifier: MIT
#include "freshet/service/exposition.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace freshet::service {
namespace {

TEST(Exposition, a_family_has_its_help_and_type_once_and_then_its_samples) {
  Exposition exposition;
  exposition.counter("requests_total", "Requests answered.");
  exposition.sample(3, {{"code", "200"}});
  exposition.sample(0, {{"code", "404"}, {"method", "GET"}});
  exposition.gauge("sessions", "Clients connected.", 7);
  EXPECT_EQ(exposition.text(),
            "# HELP requests_total Requests answered.\n# TYPE requests_total counter\n"
            "requests_total{code=\"200\"} 3\nrequests_total{code=\"404\",method=\"GET\"} 0\n"
            "# HELP sessions Clients connected.\n# TYPE sessions gauge\nsessions 7\n");
}

TEST(Exposition, what_would_break_a_line_is_escaped) {
  Exposition exposition;
  exposition.gauge("a", "back\\slash \"quoted\"\nline");
  exposition.sample(1, {{"name", "back\\slash \"quoted\"\nline"}});
  EXPECT_EQ(exposition.text(),
            "# HELP a back\\\\slash \"quoted\"\\nline\n# TYPE a gauge\n"
            "a{name=\"back\\\\slash \\\"quoted\\\"\\nline\"} 1\n");
}

TEST(Exposition, a_histogram_adds_up_its_buckets_in_seconds) {
  DurationHistogram durations;
  durations.observe(std::chrono::microseconds(10));
  durations.observe(std::chrono::milliseconds(2));
  durations.observe(std::chrono::seconds(60));
  Exposition exposition;
  exposition.histogram("request_seconds", "How long.", durations);
  const std::string& text = exposition.text();
  EXPECT_TRUE(
      text.starts_with("# HELP request_seconds How long.\n# TYPE request_seconds histogram\n"
                       "request_seconds_bucket{le=\"1e-05\"} 1\nrequest_seconds_bucket{le=\"2.5e-05\"} 1\n"))
      << text;
  EXPECT_NE(text.find("request_seconds_bucket{le=\"0.001\"} 1\nrequest_seconds_bucket{le=\"0.0025\"} 2\n"),
            std::string::npos);
  EXPECT_TRUE(
      text.ends_with("request_seconds_bucket{le=\"10\"} 2\nrequest_seconds_bucket{le=\"+Inf\"} 3\n"
                     "request_seconds_sum 60.00201\nrequest_seconds_count 3\n"))
      << text;
}

TEST(Exposition, large_counts_keep_every_digit) {
  Exposition exposition;
  exposition.counter("bytes_total", "Bytes.", std::numeric_limits<std::uint64_t>::max());
  EXPECT_NE(exposition.text().find("bytes_total 18446744073709551615\n"), std::string::npos);
}

}  // namespace
}  // namespace freshet::service
