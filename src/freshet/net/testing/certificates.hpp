// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "freshet/net/tls.hpp"

namespace freshet::net::testing {

/// A temporary folder with certificates that are their own authority, made by the openssl program. Not installed.
class Certificates {
 public:
  /// Throws std::runtime_error where openssl does not do it.
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// Makes NAME.pem and NAME.key: for localhost and 127.0.0.1, with the subject /CN=`subject`. Replaces what is there.
  TlsOptions make(const std::string& name, const std::string& subject = "localhost",
                  const std::string& names = "DNS:localhost,IP:127.0.0.1") const;
  std::string path(const std::string& file) const { return (folder_ / file).string(); }
  void write(const std::string& file, const std::string& text) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace freshet::net::testing
