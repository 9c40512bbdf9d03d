// SPDX-License-Identifier: MIT
#include "freshet/graph/explain.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "freshet/codec/json.hpp"
#include "freshet/graph/detail/core.hpp"

namespace freshet {
namespace {

std::uint64_t failing_rows_of(const detail::NodeBase& node) {
  std::vector<detail::FailureNews> standing;
  node.collect_failures(standing, /*all_standing=*/true);
  std::uint64_t rows = 0;
  for (const auto& key : standing) rows += static_cast<std::uint64_t>(key.rows);
  return rows;
}

NodePicture picture_of_node(const detail::NodeBase& node, bool timed) {
  NodePicture picture{.id = node.id(),
                      .name = node.name(),
                      .kind = node.kind(),
                      .parents = {},
                      .height = node.height(),
                      .rows = node.row_count(),
                      .bytes = node.bytes(),
                      .calls = node.counters().calls,
                      .changes = node.counters().changes,
                      .failures = node.counters().failures,
                      .failing_rows = failing_rows_of(node),
                      .subscribers = node.subscriber_count(),
                      .strict = node.strict(),
                      .time_ns = std::nullopt};
  for (const auto& parent : node.parents()) picture.parents.push_back(parent->id());
  if (timed) picture.time_ns = node.time_ns();
  return picture;
}

/// Text inside a quoted Mermaid label; what could end it, or begin markup, is written as a character's name.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '#':
        out += "#35;";
        break;
      case '`':
        out += "#96;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

void append_mermaid_node(std::string& out, const NodePicture& node) {
  const bool is_input = node.parents.empty();
  const std::string rows = std::to_string(node.rows) + (node.rows == 1 ? " row" : " rows");
  out.append("  n").append(std::to_string(node.id)).append(is_input ? "[(\"" : "[\"");
  out.append(mermaid_text(node.name)).append("<br/>");
  out.append(mermaid_text(node.kind)).append(", ").append(rows);
  if (node.failing_rows != 0) out.append("<br/>").append(std::to_string(node.failing_rows)).append(" failing");
  out.append(is_input ? "\")]\n" : "\"]\n");
}

}  // namespace

GraphPicture detail::picture_of(const Core& core) {
  const GraphStats stats = core.stats();
  GraphPicture picture{.version = stats.version,
                       .commits = stats.commits,
                       .refused = stats.refused,
                       .measured_commits = std::nullopt,
                       .commit_time_ns = std::nullopt,
                       .nodes = {}};
  const bool timed = core.measures_time();
  if (timed) {
    picture.measured_commits = core.measured_commits();
    picture.commit_time_ns = core.commit_time_ns();
  }
  for (const NodeBase* node : core.nodes()) picture.nodes.push_back(picture_of_node(*node, timed));
  return picture;
}

std::string GraphPicture::to_json() const {
  return freshet::to_json(*this).value();  // there is nothing in it that JSON has not
}

std::string GraphPicture::to_mermaid(std::size_t nodes_max) const {
  std::vector<const NodePicture*> shown;
  for (const NodePicture& node : nodes) shown.push_back(&node);
  std::stable_sort(shown.begin(), shown.end(), [](auto* a, auto* b) { return a->height < b->height; });
  shown.resize(std::min(nodes_max, shown.size()));

  std::string out = "flowchart TD\n";
  for (const NodePicture* node : shown) append_mermaid_node(out, *node);
  if (shown.size() < nodes.size()) {
    out.append("  more[\"and ").append(std::to_string(nodes.size() - shown.size())).append(" more nodes\"]\n");
  }
  for (const NodePicture* node : shown) {
    for (const std::uint32_t parent : node->parents) {
      out.append("  n").append(std::to_string(parent)).append(" --> n").append(std::to_string(node->id)).append("\n");
    }
  }
  return out;
}

}  // namespace freshet
