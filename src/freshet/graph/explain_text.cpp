// SPDX-License-Identifier: MIT
// GraphPicture::to_text(): the tree of sources on the left, the figures of each node on the right.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string_view>
#include <unordered_map>

#include "freshet/graph/detail/plain_text.hpp"
#include "freshet/graph/explain.hpp"

namespace freshet {
namespace {

using detail::shortened;
using detail::width_of;

/// Three digits and a unit: `1.23 M`. Below ten thousand the number itself.
std::string scaled(double number, const std::array<std::string_view, 5>& units, double step_from) {
  std::size_t unit = 0;
  while (number >= step_from && unit + 1 < units.size()) {
    number /= 1000;
    ++unit;
    step_from = 999.5;
  }
  char text[32];
  const int decimals = unit == 0 ? 0 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  std::snprintf(text, sizeof text, "%.*f", decimals, number);
  return std::string(text).append(units[unit].empty() ? "" : " ").append(units[unit]);
}
std::string count_text(std::uint64_t count) {
  return scaled(static_cast<double>(count), {"", "k", "M", "G", "T"}, 10'000);
}
std::string bytes_text(std::uint64_t bytes) {
  return scaled(static_cast<double>(bytes), {"B", "kB", "MB", "GB", "TB"}, 1'000);
}
std::string time_text(std::uint64_t ns) {
  if (ns < 10'000'000'000) return scaled(static_cast<double>(ns), {"ns", "us", "ms", "s", "s"}, 1'000);
  return std::to_string(ns / 1'000'000'000) + " s";
}

/// Figures that can be added up.
struct Figures {
  std::uint64_t nodes = 0, rows = 0, bytes = 0, calls = 0, changes = 0, time_ns = 0;
  std::map<std::string, std::uint64_t> kinds;

  void add(const NodePicture& node) {
    ++nodes;
    ++kinds[node.kind];
    rows += node.rows;
    bytes += node.bytes;
    calls += node.calls;
    changes += node.changes;
    time_ns += node.time_ns.value_or(0);
  }
  std::string kinds_text() const {
    std::string text;
    for (const auto& [kind, count] : kinds) {
      text.append(text.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(kind);
    }
    return text;
  }
};

/// The cells of one line, before the columns are as wide as their widest.
struct Line {
  std::string tree, id, kind;
  std::vector<std::string> figures;
  std::string notes;
};

class TextPicture {
 public:
  TextPicture(const GraphPicture& picture, const PictureOptions& options)
      : picture_(picture), options_(options), timed_(picture.commit_time_ns.has_value()) {
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) index_of_[picture.nodes[i].id] = i;
    children_.resize(picture.nodes.size() + 1);
    weight_.resize(picture.nodes.size());
    for (std::size_t i = 0; i < picture.nodes.size(); ++i) children_[parent_of(i)].push_back(i);
    // Parents stand before their children, so one pass from the end gives what each has below it.
    for (std::size_t i = picture.nodes.size(); i-- > 0;) {
      weight_[i] += timed_ ? picture.nodes[i].time_ns.value_or(0) : picture.nodes[i].bytes;
      if (const std::size_t parent = parent_of(i); parent != root()) weight_[parent] += weight_[i];
    }
  }

  std::string write() {
    lines_.push_back({"", "id", "kind", {"rows", "bytes", "calls", "changes"}, ""});
    if (timed_) lines_.back().figures.push_back("time");
    write_tree();
    return headline() + "\n\n" + columns();
  }

 private:
  /// What is still to be written: a node, or (no node) the sum of some.
  struct Entry {
    std::size_t node;
    std::string before, below;  // what stands before its name, and before those of its children
    std::size_t depth;
    std::vector<std::size_t> left_out;
  };
  static constexpr std::size_t kNameWidth = 56;

  std::size_t root() const { return picture_.nodes.size(); }
  std::size_t parent_of(std::size_t node) const {
    const auto& parents = picture_.nodes[node].parents;
    const auto at = parents.empty() ? index_of_.end() : index_of_.find(parents.front());
    return at == index_of_.end() ? root() : at->second;
  }

  void write_tree() {
    std::vector<Entry> pending;
    push_children(root(), "", 0, pending);
    while (!pending.empty()) {
      if (lines_.size() > options_.lines_max) return write_rest(pending);
      Entry entry = std::move(pending.back());
      pending.pop_back();
      if (entry.node == root()) {
        write_sum(entry.before, sum_below(entry.left_out));
      } else {
        write_node(entry);
        push_children(entry.node, entry.below, entry.depth + 1, pending);
      }
    }
  }

  /// The children of a node, the first on top; beyond siblings_max only the heaviest, and what the others come to.
  void push_children(std::size_t node, const std::string& indent, std::size_t depth, std::vector<Entry>& pending) {
    std::vector<std::size_t> shown = children_[node];
    std::vector<std::size_t> left_out;
    const std::size_t most = depth >= options_.depth_max ? 0 : options_.siblings_max;
    if (shown.size() > most) {
      std::stable_sort(shown.begin(), shown.end(),
                       [&](std::size_t a, std::size_t b) { return weight_[a] > weight_[b]; });
      left_out.assign(shown.begin() + static_cast<std::ptrdiff_t>(most), shown.end());
      shown.resize(most);
      std::sort(shown.begin(), shown.end());
    }
    const bool top = depth == 0;
    if (!left_out.empty()) pending.push_back({root(), indent + (top ? "" : "└─ "), "", depth, left_out});
    bool last = left_out.empty();
    for (auto child = shown.rbegin(); child != shown.rend(); ++child) {
      const std::string_view branch = top ? "" : last ? "└─ " : "├─ ";
      const std::string_view beside = top ? "" : last ? "   " : "│  ";
      pending.push_back({*child, indent + std::string(branch), indent + std::string(beside), depth, {}});
      last = false;
    }
  }

  void write_node(const Entry& entry) {
    const NodePicture& node = picture_.nodes[entry.node];
    std::string name = name_below(entry.node);
    for (std::size_t i = 1; i < node.parents.size(); ++i) {
      const auto other = index_of_.find(node.parents[i]);
      if (other != index_of_.end()) name += " + " + shortened(picture_.nodes[other->second].name, kNameWidth / 2);
      if (i == 3 && node.parents.size() > 4) {
        name += " + " + std::to_string(node.parents.size() - 4) + " more";
        break;
      }
    }
    Figures figures;
    figures.add(node);
    lines_.push_back({entry.before + name, std::to_string(node.id), node.kind, figure_cells(figures), notes_of(node)});
  }
  /// The name without what it has from its source, which stands above it: `.map` for `readings.map`.
  std::string name_below(std::size_t index) const {
    const std::string& name = picture_.nodes[index].name;
    const std::size_t dot = name.rfind('.');
    if (const std::size_t parent = parent_of(index); parent != root() && dot != std::string::npos) {
      const bool cut = name.starts_with("...");  // as derived_name() cuts long ones
      if (cut || std::string_view(name).substr(0, dot) == picture_.nodes[parent].name) {
        return shortened(std::string_view(name).substr(dot), kNameWidth);
      }
    }
    return shortened(name, kNameWidth);
  }
  void write_sum(const std::string& before, const Figures& sum) {
    lines_.push_back({before + "… " + count_text(sum.nodes) + (sum.nodes == 1 ? " more node" : " more nodes"), "", "",
                      figure_cells(sum), sum.kinds_text()});
  }
  void write_rest(const std::vector<Entry>& pending) {
    Figures rest;
    for (const Entry& entry : pending) {
      std::vector<std::size_t> tops = entry.left_out;
      if (entry.node != root()) tops.push_back(entry.node);
      add_below(tops, rest);
    }
    write_sum("", rest);
  }
  Figures sum_below(const std::vector<std::size_t>& tops) const {
    Figures sum;
    add_below(tops, sum);
    return sum;
  }
  void add_below(std::vector<std::size_t> tops, Figures& sum) const {
    while (!tops.empty()) {
      const std::size_t node = tops.back();
      tops.pop_back();
      sum.add(picture_.nodes[node]);
      tops.insert(tops.end(), children_[node].begin(), children_[node].end());
    }
  }

  std::vector<std::string> figure_cells(const Figures& figures) const {
    std::vector<std::string> cells{count_text(figures.rows), bytes_text(figures.bytes),
                                   figures.calls == 0 ? "-" : count_text(figures.calls), count_text(figures.changes)};
    if (timed_) cells.push_back(time_text(figures.time_ns));
    return cells;
  }
  static std::string notes_of(const NodePicture& node) {
    std::string notes;
    const auto note = [&](const std::string& text) { notes.append(notes.empty() ? "" : ", ").append(text); };
    if (node.failing_rows != 0) note(count_text(node.failing_rows) + " failing");
    if (node.strict) note("strict");
    if (node.subscribers == 1) note("1 subscriber");
    if (node.subscribers > 1) note(count_text(node.subscribers) + " subscribers");
    return notes;
  }

  std::string headline() const {
    Figures all;
    for (const NodePicture& node : picture_.nodes) all.add(node);
    std::string text = "version " + std::to_string(picture_.version) + ": " + count_text(all.nodes) +
                       (all.nodes == 1 ? " node, " : " nodes, ") + count_text(all.rows) + " rows, " +
                       bytes_text(all.bytes) + "; " + count_text(picture_.commits) +
                       (picture_.commits == 1 ? " commit, " : " commits, ") + count_text(picture_.refused) + " refused";
    if (timed_ && *picture_.measured_commits != 0) {
      text += "; " + time_text(*picture_.commit_time_ns / *picture_.measured_commits) + " for each of " +
              count_text(*picture_.measured_commits) + " measured";
    }
    return text;
  }

  std::string columns() const {
    std::size_t tree = 0, id = 0, kind = 0;
    std::vector<std::size_t> widths(lines_.front().figures.size());
    for (const Line& line : lines_) {
      tree = std::max(tree, width_of(line.tree));
      id = std::max(id, width_of(line.id));
      kind = std::max(kind, width_of(line.kind));
      for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(line.figures[i]));
    }
    std::string text;
    for (const Line& line : lines_) {
      text.append(line.tree).append(tree - width_of(line.tree) + 2, ' ');
      text.append(id - width_of(line.id), ' ').append(line.id).append("  ");
      text.append(line.kind).append(kind - width_of(line.kind), ' ');
      for (std::size_t i = 0; i < widths.size(); ++i) {
        text.append(widths[i] - width_of(line.figures[i]) + 2, ' ').append(line.figures[i]);
      }
      if (!line.notes.empty()) text.append("  ").append(line.notes);
      text.append("\n");
    }
    return text;
  }

  const GraphPicture& picture_;
  const PictureOptions& options_;
  const bool timed_;
  std::unordered_map<std::uint32_t, std::size_t> index_of_;  // by id
  std::vector<std::vector<std::size_t>> children_;           // by first parent; those of none stand at root()
  std::vector<std::uint64_t> weight_;                        // with all below
  std::vector<Line> lines_;
};

}  // namespace

std::string GraphPicture::to_text(const PictureOptions& options) const { return TextPicture(*this, options).write(); }

}  // namespace freshet
