// SPDX-License-Identifier: MIT
#include "freshet/net/client/tls_trust.hpp"

#include <utility>

#include "freshet/net/internal/tls_context.hpp"

namespace freshet::net {

struct TlsTrust::Loaded {
  std::string ca_file;
  std::shared_ptr<TlsContext> context;
};

TlsTrust::TlsTrust(std::string ca_file) : loaded_(std::make_shared<Loaded>(Loaded{std::move(ca_file), nullptr})) {}

Result<std::shared_ptr<TlsContext>> TlsTrust::context() const {
  if (loaded_->context == nullptr) {
    auto context = TlsContext::load_for_clients(loaded_->ca_file);
    if (!context) return fail(std::move(context.error()));
    loaded_->context = *std::move(context);
  }
  return loaded_->context;
}

}  // namespace freshet::net
