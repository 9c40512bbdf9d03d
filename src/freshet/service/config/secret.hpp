// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/model/describe.hpp"

namespace freshet {

/// A text that nobody gets to see by accident: it prints as ***, its JSON is empty, and it is wiped when it goes.
///
/// In a configuration it comes from the file, from the environment, or, as `name_file`, from a file of its own.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  /// The text itself, for the one place that needs it. Lifetime: that of the secret.
  const std::string& reveal() const { return text_; }

  friend bool operator==(const Secret& left, const Secret& right) { return left.text_ == right.text_; }
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << (secret.empty() ? "" : "***");
  }
  friend constexpr auto describe(of<Secret>) {
    return model("secret", freshet::doc("A text that is never shown."), ignored<&Secret::text_>());
  }

 private:
  /// Overwrites it where the compiler cannot leave that out.
  void wipe() {
    volatile char* bytes = text_.data();
    for (std::size_t at = 0; at < text_.size(); ++at) bytes[at] = '\0';
    text_.clear();
  }

  std::string text_;
};

}  // namespace freshet
