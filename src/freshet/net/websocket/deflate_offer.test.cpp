// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/deflate_offer.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

// The answer to a client's offer: empty where it is declined, "malformed" where it is none.
std::string answer(std::string_view field) {
  const auto offers = parse_extensions(field);
  if (!offers) return "malformed";
  const auto agreement = accept_deflate(*offers);
  return agreement ? agreement->response() : std::string();
}

const std::string kPlain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(DeflateOffer, is_accepted_without_context_on_either_side) {
  for (const char* const offer :
       {"permessage-deflate", "Permessage-Deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=\"10\"", "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate;server_no_context_takeover;client_no_context_takeover;client_max_window_bits",
        "  permessage-deflate ;\tclient_no_context_takeover  ", "x-other, permessage-deflate",
        ", permessage-deflate ,,"}) {
    EXPECT_EQ(answer(offer), kPlain) << offer;
  }
}

TEST(DeflateOffer, is_told_the_window_that_it_asked_for) {
  for (int bits = 9; bits <= 15; ++bits) {
    const std::string param = "; server_max_window_bits=" + std::to_string(bits);
    EXPECT_EQ(answer("permessage-deflate" + param), kPlain + param);
    const auto agreement = accept_deflate(*parse_extensions("permessage-deflate" + param));
    ASSERT_TRUE(agreement);
    EXPECT_EQ(agreement->window_bits, bits);
  }
}

TEST(DeflateOffer, is_declined_when_it_cannot_be_met) {
  for (const char* const offer : {"",
                                  "x-webkit-deflate-frame",
                                  "permessage-bzip2",
                                  "permessage-deflate; unknown",
                                  "permessage-deflate; unknown=1",
                                  "permessage-deflate; server_max_window_bits",
                                  "permessage-deflate; server_max_window_bits=8",
                                  "permessage-deflate; server_max_window_bits=7",
                                  "permessage-deflate; server_max_window_bits=16",
                                  "permessage-deflate; server_max_window_bits=09",
                                  "permessage-deflate; server_max_window_bits=010",
                                  "permessage-deflate; server_max_window_bits=1x",
                                  "permessage-deflate; server_max_window_bits=99999999999",
                                  "permessage-deflate; client_max_window_bits=7",
                                  "permessage-deflate; client_max_window_bits=16",
                                  "permessage-deflate; client_max_window_bits=+9",
                                  "permessage-deflate; server_no_context_takeover=1",
                                  "permessage-deflate; client_no_context_takeover=true",
                                  "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                                  "permessage-deflate; client_max_window_bits; client_max_window_bits=10"}) {
    EXPECT_EQ(answer(offer), "") << offer;
  }
}

TEST(DeflateOffer, falls_back_to_the_next_one) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate"), kPlain);
  EXPECT_EQ(answer("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=10, permessage-deflate"),
            kPlain + "; server_max_window_bits=10");
}

TEST(DeflateOffer, is_malformed_when_it_breaks_the_grammar) {
  for (const char* const field :
       {"permessage-deflate;", "permessage-deflate; ", "permessage-deflate; =1", "permessage-deflate; a=", "; a", "=",
        "permessage-deflate permessage-deflate", "permessage-deflate; a b", "permessage-deflate; a=\"",
        "permessage-deflate; a=\"1", "permessage-deflate; a=\"\"", "permessage-deflate; a=\"1 2\"",
        "permessage-deflate; a=\"1\\", "per(message)"}) {
    EXPECT_EQ(answer(field), "malformed") << field;
  }
}

TEST(Extensions, are_taken_apart) {
  const auto list = parse_extensions("a; b=c; d ,e; f=\"g\\h\"");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].name, "a");
  ASSERT_EQ((*list)[0].params.size(), 2u);
  EXPECT_EQ((*list)[0].params[0].second, "c");
  EXPECT_EQ((*list)[0].params[1].second, std::nullopt);
  EXPECT_EQ((*list)[1].params[0].second, "gh");
}

}  // namespace
}  // namespace freshet::net
