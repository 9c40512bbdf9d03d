// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/target.hpp"

#include <algorithm>
#include <memory>

#include <libpq-fe.h>

namespace freshet::store::postgres {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

const std::string* find(const Target::Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Target::Parameters::value_type::first);
  return found == parameters.end() ? nullptr : &found->second;
}

bool is_schema_name(std::string_view name) {
  constexpr std::size_t kBytesMax = 40;  // so that names made from it are at most PostgreSQL's 63 bytes
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_fit = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kBytesMax && is_letter(name.front()) && std::ranges::all_of(name, is_fit);
}

// Spaces and backslashes within PGOPTIONS are escaped.
std::string option(const std::string& name, const std::string& value) {
  std::string out = " -c " + name + "=";
  for (const char c : value) {
    if (c == ' ' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<Target> Target::parse(const std::string& url, const std::string& schema) {
  if (!is_schema_name(schema)) {
    return fail(ErrorCode::invalid_argument, "'" + schema + "' is no name of a schema", {},
                "at most 40 lower-case letters, digits and underscores");
  }
  char* complaint = nullptr;
  const Options options(PQconninfoParse(url.c_str(), &complaint), PQconninfoFree);
  if (complaint != nullptr) PQfreemem(complaint);  // may show the password
  if (options == nullptr || url.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "the PostgreSQL URL cannot be read", {},
                "postgres://USER:PASSWORD@HOST:PORT/DATABASE; what is special in a URL is written as %XX");
  }
  Target target;
  target.schema_ = schema;
  for (const PQconninfoOption* each = options.get(); each->keyword != nullptr; ++each) {
    if (each->val != nullptr) target.given_.emplace_back(each->keyword, each->val);
  }
  if (const std::string* password = find(target.given_, "password")) target.password_ = *password;
  const std::string* const database = find(target.given_, "dbname");
  const std::string* const host = find(target.given_, "host");
  target.place_ =
      "database '" + (database == nullptr ? "" : *database) + "' at " + (host == nullptr ? "localhost" : *host);
  return target;
}

Target::Parameters Target::parameters(const Parameters& settings) const {
  Parameters all = given_;
  const auto set_default = [&](const char* name, const char* value) {
    if (find(given_, name) == nullptr) all.emplace_back(name, value);
  };
  set_default("fallback_application_name", "freshet");
  // A peer that vanishes without a word is noticed after about a minute.
  set_default("keepalives_idle", "30");
  set_default("keepalives_interval", "10");
  set_default("keepalives_count", "3");
  set_default("tcp_user_timeout", "60000");
  std::string options;
  for (const auto& [name, value] : Parameters{{"search_path", schema_},
                                              {"DateStyle", "ISO"},
                                              {"TimeZone", "UTC"},
                                              {"extra_float_digits", "3"},
                                              {"standard_conforming_strings", "on"},
                                              {"default_transaction_isolation", "read committed"},
                                              {"jit", "off"}}) {
    options += option(name, value);
  }
  for (const auto& [name, value] : settings) options += option(name, value);
  if (const auto given = std::ranges::find(all, "options", &Parameters::value_type::first); given != all.end()) {
    given->second += options;
  } else {
    all.emplace_back("options", options);
  }
  std::erase_if(all, [](const auto& each) { return each.first == "client_encoding"; });
  all.emplace_back("client_encoding", "UTF8");
  return all;
}

std::string Target::clean(std::string_view text) const {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::string out(text);
  if (password_.empty()) return out;
  for (std::size_t at = 0; (at = out.find(password_, at)) != std::string::npos; at += 3) {
    out.replace(at, password_.size(), "***");
  }
  return out;
}

}  // namespace freshet::store::postgres
