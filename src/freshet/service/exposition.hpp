// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/base/histogram.hpp"

namespace freshet::service {

/// Writes measurements in the Prometheus text format, version 0.0.4.
///
/// Own code of a page rather than prometheus-cpp: everything counted is a plain integer on one thread, so a registry of
/// atomics would only be a second copy, and the library's package makes every user of ours look for civetweb and curl.
///
/// Requires: all samples of one family are written together, after its begin.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
class Exposition {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  /// The content type to send the text with.
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// Begin a family: a value that only grows, by convention named `..._total`, or one that goes up and down.
  void counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }

  /// Adds a sample to the family begun last.
  template <std::integral Number> void sample(Number value, Labels labels = {}) { add(std::to_string(value), labels); }

  /// A family of one sample.
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    counter(name, help), sample(value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) { gauge(name, help), sample(value); }

  /// A family that is one histogram, in seconds; by convention named `..._seconds`.
  void histogram(std::string_view name, std::string_view help, const DurationHistogram& durations);

  const std::string& text() const { return text_; }

 private:
  void begin(std::string_view name, std::string_view help, std::string_view type);
  void add(std::string_view value, Labels labels);

  std::string text_;
  std::string name_;
};

}  // namespace freshet::service
