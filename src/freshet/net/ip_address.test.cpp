// SPDX-License-Identifier: MIT
#include "freshet/net/ip_address.hpp"

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
IpNetwork network(std::string_view text) { return IpNetwork::parse(text).value(); }

TEST(IpAddress, is_read_and_written) {
  EXPECT_EQ(address("192.0.2.7").text(), "192.0.2.7");
  EXPECT_EQ(address("2001:DB8:0:0::7").text(), "2001:db8::7");
  EXPECT_EQ(address("::").text(), "::");
  EXPECT_EQ(address("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255").text(), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_TRUE(address("0.0.0.0").is_v4());
  EXPECT_FALSE(address("::1").is_v4());
}

TEST(IpAddress, is_the_same_whichever_way_an_ipv4_address_came) {
  EXPECT_EQ(address("::ffff:192.0.2.7"), address("192.0.2.7"));
  EXPECT_EQ(address("::ffff:c000:207").text(), "192.0.2.7");
  EXPECT_NE(address("::192.0.2.7"), address("192.0.2.7"));
}

TEST(IpAddress, is_refused_where_it_is_not_exactly_one) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv, "1"sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv, "01.2.3.4"sv, "1.2.3.4 "sv, " 1.2.3.4"sv, "0x1.2.3.4"sv,
        ":"sv, ":::"sv, "1::2::3"sv, "12345::"sv, "::1%lo"sv, "[::1]"sv, "1.2.3.4:80"sv, "1.2.3.4\0"sv, "::1\0x"sv,
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
    EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
  }
}

TEST(IpNetwork, contains_what_begins_alike) {
  EXPECT_TRUE(network("10.0.0.0/8").contains(address("10.255.0.1")));
  EXPECT_FALSE(network("10.0.0.0/8").contains(address("11.0.0.0")));
  EXPECT_TRUE(network("10.1.2.128/25").contains(address("10.1.2.255")));
  EXPECT_FALSE(network("10.1.2.128/25").contains(address("10.1.2.127")));
  EXPECT_TRUE(network("0.0.0.0/0").contains(address("255.1.1.1")));
  EXPECT_TRUE(network("2001:db8::/33").contains(address("2001:db8:7fff::1")));
  EXPECT_FALSE(network("2001:db8::/33").contains(address("2001:db8:8000::1")));
  EXPECT_TRUE(network("192.0.2.7").contains(address("::ffff:192.0.2.7")));
  EXPECT_FALSE(network("192.0.2.7").contains(address("192.0.2.8")));
  EXPECT_EQ(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
}

TEST(IpNetwork, of_one_family_says_nothing_about_the_other) {
  EXPECT_FALSE(network("::/0").contains(address("192.0.2.7")));
  EXPECT_FALSE(network("0.0.0.0/0").contains(address("2001:db8::7")));
}

TEST(IpNetwork, is_refused_where_it_is_not_exactly_one) {
  for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
                                      "10.0.0.0/8/8", "10.0.0.0/0008", "::/129", "::ffff:10.0.0.0/8", "proxy.local"}) {
    EXPECT_FALSE(IpNetwork::parse(text).has_value()) << text;
  }
  const auto loose = IpNetwork::parse("10.1.0.0/8");
  ASSERT_FALSE(loose.has_value());
  EXPECT_NE(loose.error().hint.find("10.0.0.0/8"), std::string::npos);
}

TEST(IpNetwork, is_written_as_it_was_meant) {
  for (const std::string_view text : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1", "0.0.0.0/0"}) {
    EXPECT_EQ(network(text).text(), text);
  }
}

}  // namespace
}  // namespace freshet::net
