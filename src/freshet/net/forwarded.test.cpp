// SPDX-License-Identifier: MIT
#include "freshet/net/forwarded.hpp"

#include <string>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

// The hops as text: an address, ? where it is not known, with + where it is secure.
std::string hops_of(std::string_view value) {
  const auto hops = parse_forwarded(value);
  if (!hops) return "refused";
  std::string text;
  for (const ForwardedHop& hop : *hops) {
    text.append(text.empty() ? "" : " ").append(hop.address ? hop.address->text() : "?").append(hop.secure ? "+" : "");
  }
  return text;
}

TEST(Forwarded, gives_the_hops_in_their_order) {
  EXPECT_EQ(hops_of("for=192.0.2.43"), "192.0.2.43");
  EXPECT_EQ(hops_of("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(hops_of("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
  EXPECT_EQ(hops_of("for=192.0.2.43, for=198.51.100.17"), "192.0.2.43 198.51.100.17");
  EXPECT_EQ(hops_of("proto=HTTPS;for=192.0.2.43 ,\tfor=\"198.51.100.17:80\";host=example.org"),
            "192.0.2.43+ 198.51.100.17");
  EXPECT_EQ(hops_of("for=192.0.2.43;secret=\"a,b;c=\\\"d\\\\\""), "192.0.2.43");
  EXPECT_EQ(hops_of("for=\"_gazonk\", for=unknown, for=_SEVKISEK;by=_x, proto=https"), "? ? ? ?+");
  EXPECT_EQ(hops_of("for=\"unknown:_port\""), "?");
  EXPECT_EQ(hops_of("for=\"1\\92.0.2.43\""), "192.0.2.43");
  EXPECT_EQ(hops_of(""), "");
  EXPECT_EQ(hops_of(" , ,for=192.0.2.43,,"), "192.0.2.43");
  EXPECT_EQ(hops_of("for=192.0.2.43;"), "192.0.2.43");
}

TEST(Forwarded, is_refused_as_a_whole_where_anything_is_wrong) {
  for (const char* value : {"for",
                            "for=",
                            "=192.0.2.43",
                            "for =192.0.2.43",
                            "for= 192.0.2.43",
                            "for=192.0.2.43:80",
                            "for=[2001:db8::1]",
                            "for=2001:db8::1",
                            "for=\"2001:db8::1\"",
                            "for=\"[192.0.2.43]\"",
                            "for=\"[2001:db8::1\"",
                            "for=\"[::1]80\"",
                            "for=192.0.2.256",
                            "for=\"192.0.2.43",
                            "for=\"192.0.2.43\\",
                            "for=\"192.0.2.43\"x",
                            "for=192.0.2.43;for=1.1.1.1",
                            "for=\"192.0.2.43:\"",
                            "for=\"192.0.2.43:123456\"",
                            "for=\"192.0.2.43:8o\"",
                            "for=_",
                            "for=\"_a b\"",
                            "for=192.0.2.43 for=1.1.1.1",
                            "for=\"\"",
                            "for=192.0.2.43, for=\"x, for=1.1.1.1",
                            "for=\"192.0.2.43\n\""}) {
    EXPECT_EQ(hops_of(value), "refused") << value;
  }
}

TEST(Forwarded, has_a_limit) {
  std::string value = "for=1.1.1.1";
  for (std::size_t hops = 1; hops < kForwardedHopsMax; ++hops) value += ",for=1.1.1.1";
  EXPECT_NE(hops_of(value), "refused");
  EXPECT_EQ(hops_of(value + ",for=1.1.1.1"), "refused");
}

TEST(XForwardedFor, takes_addresses_with_and_without_ports) {
  const auto address_of = [](std::string_view element) -> std::string {
    const auto hop = parse_x_forwarded_for(element);
    if (!hop) return "refused";
    return hop->address ? hop->address->text() : "?";
  };
  EXPECT_EQ(address_of(" 192.0.2.43\t"), "192.0.2.43");
  EXPECT_EQ(address_of("192.0.2.43:80"), "192.0.2.43");
  EXPECT_EQ(address_of("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(address_of("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(address_of("[2001:db8::1]:80"), "2001:db8::1");
  EXPECT_EQ(address_of("Unknown"), "?");
  for (const char* element :
       {"", "localhost", "192.0.2", "192.0.2.43:", "192.0.2.43 1.1.1.1", "[192.0.2.43]", "\"192.0.2.43\""}) {
    EXPECT_EQ(address_of(element), "refused") << element;
  }
}

}  // namespace
}  // namespace freshet::net
