// SPDX-License-Identifier: MIT
#include "freshet/net/testing/certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace freshet::net::testing {

Certificates::Certificates() {
  std::string name = (std::filesystem::temp_directory_path() / "freshet-certificates-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

TlsOptions Certificates::make(const std::string& name, const std::string& subject, const std::string& names) const {
  const TlsOptions options{.certificate_file = path(name + ".pem"), .private_key_file = path(name + ".key")};
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=" + subject +
      "' -addext 'subjectAltName=" + names + "' -out '" + options.certificate_file + "' -keyout '" +
      options.private_key_file + "' 2>/dev/null";
  // The words are the test's own.
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl makes no certificate");
  return options;
}

void Certificates::write(const std::string& file, const std::string& text) const {
  std::ofstream(path(file), std::ios::binary) << text;
}

}  // namespace freshet::net::testing
