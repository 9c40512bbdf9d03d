// SPDX-License-Identifier: MIT
#include "freshet/net/fetch.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "freshet/base/ids.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {
namespace {

TEST(FetchUrl, is_taken_apart) {
  EXPECT_EQ(*parse_url("http://example.org"), (Url{false, "example.org", 80, "/"}));
  EXPECT_EQ(*parse_url("https://example.org/a/b?c=d"), (Url{true, "example.org", 443, "/a/b?c=d"}));
  EXPECT_EQ(*parse_url("http://127.0.0.1:8080?x"), (Url{false, "127.0.0.1", 8080, "/?x"}));
  EXPECT_EQ(*parse_url("https://[2001:db8::7]:8443/k"), (Url{true, "2001:db8::7", 8443, "/k"}));
}

TEST(FetchUrl, refuses_what_is_none) {
  for (const char* text :
       {"", "example.org", "ftp://example.org", "http://", "http:///a", "http://a:b@example.org/", "http://a b/",
        "http://example.org/\r\nX: y", "http://example.org:0/", "http://example.org:65536/", "http://example.org:x/",
        "http://example.org:80x/", "http://[::1/", "http://[x]/", "http://[::1]80/", "http://a/#b", "HTTP://a/"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

struct Fetch : ::testing::Test {
  Fetch() {
    router.add(Method::get, "/small", [](Request& request, const PathParams&) {
      return Response::text("for " + std::string(request.header("host")) + " " + request.query);
    });
    router.add(Method::get, "/large",
               [](Request&, const PathParams&) { return Response::text(std::string(2000, 'x')); });
    router.add(Method::get, "/moved", [](Request&, const PathParams&) {
      Response response = Response::empty(302);
      response.headers.add("Location", "/small");
      return response;
    });
    router.add(Method::get, "/never", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { kept.push_back(std::move(reply)); });
    });
    port = *server.listen("127.0.0.1", 0);
    thread = std::thread([this] { loop.run(); });
  }
  ~Fetch() override {
    loop.stop();
    thread.join();
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port) + path; }

  std::vector<ResponseReply> kept;
  Loop loop;
  Router router;
  HttpServer server{loop, router};
  std::uint16_t port = 0;
  std::thread thread;
};

TEST_F(Fetch, gets_the_body) {
  const auto body = fetch(url("/small?a=b"));
  ASSERT_TRUE(body.has_value()) << to_string(body.error());
  EXPECT_EQ(*body, "for 127.0.0.1:" + std::to_string(port) + " a=b");
}

TEST_F(Fetch, says_what_went_wrong) {
  EXPECT_EQ(fetch(url("/nothing")).error().detail, "the server answered with status 404");
  EXPECT_EQ(fetch(url("/moved")).error().detail, "the server answered with status 302");
  EXPECT_EQ(fetch(url("/large"), {.body_bytes_max = 1999}).error().code, ErrorCode::too_large);
  EXPECT_TRUE(fetch(url("/large"), {.body_bytes_max = 2000}).has_value());
  EXPECT_EQ(fetch("http://127.0.0.1:1/").error().code, ErrorCode::unavailable);
  EXPECT_EQ(fetch("https://127.0.0.1:" + std::to_string(port) + "/small").error().code, ErrorCode::unavailable);
  EXPECT_EQ(fetch("nonsense").error().code, ErrorCode::invalid_argument);
}

TEST_F(Fetch, does_not_wait_for_ever_and_can_be_given_up) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch(url("/never"), {.timeout = std::chrono::milliseconds(200)}).error().code, ErrorCode::unavailable);
  std::stop_source stop;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  EXPECT_EQ(fetch(url("/never"), {.timeout = std::chrono::seconds(60), .stop = stop.get_token()}).error().detail,
            "it was given up");
  later.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

template <auto Free> struct FreedBy {
  template <class T> void operator()(T* object) const { Free(object); }
};

std::string pem_of(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, FreedBy<BIO_free>> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// An https server with a certificate of its own making for `name`, for one connection.
class TlsServer {
 public:
  explicit TlsServer(const std::string& name) {
    make_certificate(name);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    // Whoever did not come: the server waits for one connection.
    boost::system::error_code ignored;
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket(context).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    std::filesystem::remove(ca_file);
  }
  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(acceptor_.local_endpoint().port()) + "/keys";
  }

  const std::string ca_file = (std::filesystem::temp_directory_path() / random_token("freshet-ca-")).string();

 private:
  void make_certificate(const std::string& name) {
    const std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const std::unique_ptr<X509, FreedBy<X509_free>> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str()));
    X509_add_ext(certificate.get(), names.get(), -1);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::string pem = pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
    const std::string key_pem =
        pem_of([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    std::ofstream(ca_file, std::ios::binary) << pem;
    tls_.use_certificate(boost::asio::buffer(pem), boost::asio::ssl::context::pem);
    tls_.use_private_key(boost::asio::buffer(key_pem), boost::asio::ssl::context::pem);
  }
  void serve() {
    boost::system::error_code error;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(context_, tls_);
    acceptor_.accept(stream.next_layer(), error);
    stream.handshake(boost::asio::ssl::stream_base::server, error);
    if (error) return;
    std::string request;
    boost::asio::read_until(stream, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
    boost::asio::write(stream, boost::asio::buffer(answer), error);
    stream.shutdown(error);
  }

  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST(FetchTls, takes_a_certificate_that_is_trusted_and_for_this_host) {
  TlsServer server("IP:127.0.0.1");
  const auto body = fetch(server.url("127.0.0.1"), {.ca_file = server.ca_file});
  ASSERT_TRUE(body.has_value()) << to_string(body.error());
  EXPECT_EQ(*body, "secret");
}

TEST(FetchTls, refuses_a_certificate_that_nobody_vouches_for) {
  TlsServer server("IP:127.0.0.1");
  EXPECT_EQ(fetch(server.url("127.0.0.1")).error().code, ErrorCode::unavailable);
}

TEST(FetchTls, refuses_a_certificate_for_another_host) {
  TlsServer server("DNS:other.example");
  EXPECT_EQ(fetch(server.url("127.0.0.1"), {.ca_file = server.ca_file}).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace freshet::net
