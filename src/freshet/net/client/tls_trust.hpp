// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "freshet/base/result.hpp"

namespace freshet::net {

class TlsContext;

/// Whom a client trusts to say who a server is. Copies share what is loaded, which happens at the first use.
///
/// Thread safety: copies belong to one loop.
class TlsTrust {
 public:
  /// The authorities in `ca_file`, PEM; empty: those that the system trusts.
  explicit TlsTrust(std::string ca_file = {});

  /// For net's own sources. Errors: the file cannot be read; the next use tries again.
  Result<std::shared_ptr<TlsContext>> context() const;

 private:
  struct Loaded;

  std::shared_ptr<Loaded> loaded_;  // owners: the copies
};

}  // namespace freshet::net
