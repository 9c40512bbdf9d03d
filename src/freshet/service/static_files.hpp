// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet {

/// A file that a service sends as it is: a page, a script, a picture. Usually embedded in the program at build time.
///
/// Lifetime: views bytes that live as long as the service does; embedded ones live as long as the program.
struct StaticFile {
  /// Relative to where the files are mounted, without a leading slash: "index.html", "scripts/chart.js".
  std::string_view path;
  /// As sent in Content-Type: "text/html; charset=utf-8".
  std::string_view content_type;
  std::string_view bytes;
};

}  // namespace freshet
