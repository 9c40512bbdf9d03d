// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freshet/graph/stats.hpp"
#include "freshet/model/describe.hpp"

namespace freshet {

namespace detail {
class Core;
}

/// One node of a graph at one moment. Counters are sums over its life; refused commits do not count in them.
struct NodePicture {
  std::uint32_t id{};
  std::string name;
  std::string kind;                    ///< what makes its rows: input, map, reduce, ...
  std::vector<std::uint32_t> parents;  ///< ids; the first is the source, others are read or combined with it
  std::uint32_t height{};              ///< 0 for inputs; otherwise more than that of each parent
  std::uint64_t rows{};
  /// Memory of the node itself: values, keys, indices, errors, reads, buffers. What values keep elsewhere (the text of
  /// long strings, elements of vectors) is not in it; keys that nodes share are counted where they are made.
  std::uint64_t bytes{};
  std::uint64_t calls{};                 ///< of the user's function
  std::uint64_t changes{};               ///< rows that changed
  std::uint64_t failures{};              ///< errors that the user's function raised
  std::uint64_t failing_rows{};          ///< rows that are left out now because of an error
  std::uint64_t subscribers{};           ///< callbacks that are told of its changes
  bool strict{};                         ///< an error here refuses the transaction
  std::optional<std::uint64_t> time_ns;  ///< spent in it since time is measured; none while it is not
};

constexpr auto describe(of<NodePicture>) {
  return model("graph_nodes", key<&NodePicture::id>(), field<&NodePicture::name>(), field<&NodePicture::kind>(),
               field<&NodePicture::parents>(), field<&NodePicture::height>(), field<&NodePicture::rows>(),
               field<&NodePicture::bytes>(), field<&NodePicture::calls>(), field<&NodePicture::changes>(),
               field<&NodePicture::failures>(), field<&NodePicture::failing_rows>(), field<&NodePicture::subscribers>(),
               field<&NodePicture::strict>(), field<&NodePicture::time_ns>());
}

/// How much of a picture is written as text; what is left out is summed up, so that totals stay true.
struct PictureOptions {
  std::size_t lines_max = 200;
  std::size_t siblings_max = 12;  ///< nodes of one source: those with the most time, or bytes, are shown
  std::size_t depth_max = 16;
};

/// A graph as a value, to be printed, sent or compared; see Graph::explain().
///
/// Example: explain.test.cpp [explain]
struct GraphPicture {
  Version version{};
  std::uint64_t commits{};
  std::uint64_t refused{};
  /// Commits that were measured, and the time of all of them. None while time is not measured.
  std::optional<std::uint64_t> measured_commits;
  std::optional<std::uint64_t> commit_time_ns;
  std::vector<NodePicture> nodes;  ///< in the order in which they were made: parents come before children

  /// A tree of sources and what is computed from them, with a table of their figures beside it. UTF-8.
  std::string to_text(const PictureOptions& options = {}) const;
  /// All nodes, in one line. Units are in the names.
  std::string to_json() const;
  /// A flow chart in Mermaid's language, which GitHub and many editors draw; of at most `nodes_max` nodes, inputs
  /// first.
  std::string to_mermaid(std::size_t nodes_max = 150) const;
};

constexpr auto describe(of<GraphPicture>) {
  return model("graphs", field<&GraphPicture::version>(), field<&GraphPicture::commits>(),
               field<&GraphPicture::refused>(), field<&GraphPicture::measured_commits>(),
               field<&GraphPicture::commit_time_ns>(), field<&GraphPicture::nodes>());
}

namespace detail {

GraphPicture picture_of(const Core& core);

}  // namespace detail
}  // namespace freshet
