// SPDX-License-Identifier: MIT
// Provenance as text and as JSON.
#include <string>
#include <string_view>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/graph/detail/plain_text.hpp"
#include "freshet/graph/why.hpp"

namespace freshet {
namespace {

using detail::shortened;

class TextTree {
 public:
  explicit TextTree(const Provenance& found) : found_(found), shown_(found.rows.size()) {}

  std::string write() {
    text_ = found_.view + "[" + shortened(found_.key, kKeyWidth) + "] at version " + std::to_string(found_.version);
    if (found_.rows.empty()) text_ += ": no row";
    text_ += "\n";
    for (const ErrorEvent& error : found_.errors) {
      text_ += "! " + error.node + "[" + shortened(error.key, kKeyWidth) + "] fails: " + error.message + "\n";
    }
    push_more(found_.left_out, "", "");
    for (std::size_t i = found_.root_count; i-- > 0;) pending_.push_back({i, "", "", {}});
    while (!pending_.empty()) {
      const Line line = std::move(pending_.back());
      pending_.pop_back();
      line.text.empty() ? write_row(line) : void(text_ += line.before + line.text + "\n");
    }
    return std::move(text_);
  }

 private:
  /// What is still to be written: a row, or a text that stands for itself.
  struct Line {
    std::size_t row;
    std::string before, below;
    std::string text;
    bool read = false;
  };
  static constexpr std::size_t kKeyWidth = 60, kValueWidth = 100;

  void write_row(const Line& line) {
    const ProvenanceRow& row = found_.rows[line.row];
    text_ += line.before + (line.read ? "read " : "") + row.view + "[" + shortened(row.key, kKeyWidth) + "]";
    if (row.value) text_ += " = " + shortened(*row.value, kValueWidth);
    const bool has_more = !row.from.empty() || !row.reads.empty() || row.left_out != 0 || row.cut;
    if (shown_[line.row]) {
      text_ += has_more ? "  (see above)\n" : "\n";
      return;
    }
    shown_[line.row] = true;
    text_ += "\n";
    push_children(row, line.below);
  }

  /// The last goes onto the stack first.
  void push_children(const ProvenanceRow& row, const std::string& indent) {
    bool last = true;
    const auto push = [&](std::size_t place, std::string text, bool read) {
      pending_.push_back(
          {place, indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "), std::move(text), read});
      last = false;
    };
    if (row.cut) push(0, "… not looked up: too far, or too much to look through", false);
    if (row.left_out != 0) push(0, "… and " + std::to_string(row.left_out) + " more", false);
    for (auto read = row.reads.rbegin(); read != row.reads.rend(); ++read) {
      const std::string rows = std::to_string(read->row_count) + (read->row_count == 1 ? " row" : " rows");
      if (!read->key) {
        push(0, "read all of " + read->view + " (" + rows + ")", false);
        continue;
      }
      const std::string what = "read " + read->view + "[" + shortened(*read->key, kKeyWidth) + "]";
      if (read->row_count == 0) push(0, what + ": nothing there", false);
      if (read->row_count > read->rows.size()) push(0, what + ": … " + rows + " in all", false);
      for (auto place = read->rows.rbegin(); place != read->rows.rend(); ++place) push(*place, "", true);
    }
    for (auto place = row.from.rbegin(); place != row.from.rend(); ++place) push(*place, "", false);
  }
  void push_more(std::size_t count, const std::string& before, const std::string& below) {
    if (count != 0) pending_.push_back({0, before, below, "… and " + std::to_string(count) + " more", false});
  }

  const Provenance& found_;
  std::vector<bool> shown_;
  std::vector<Line> pending_;
  std::string text_;
};

void write_optional(codec::JsonWriter& json, const std::optional<std::string>& text) {
  text ? json.string(*text) : json.null();
}

void write_places(codec::JsonWriter& json, std::string_view name, const std::vector<std::size_t>& places) {
  json.name(name);
  json.begin_list();
  for (const std::size_t place : places) json.integer(place);
  json.end_list();
}

void write_read(codec::JsonWriter& json, const ProvenanceRead& read) {
  json.begin_object();
  json.name("node");
  json.integer(read.node);
  json.name("view");
  json.string(read.view);
  json.name("key");
  write_optional(json, read.key);
  json.name("row_count");
  json.integer(read.row_count);
  write_places(json, "rows", read.rows);
  json.end_object();
}

void write_row(codec::JsonWriter& json, const ProvenanceRow& row) {
  json.begin_object();
  json.name("node");
  json.integer(row.node);
  json.name("view");
  json.string(row.view);
  json.name("kind");
  json.string(row.kind);
  json.name("key");
  row.key_json ? json.raw(*row.key_json) : json.string(row.key);
  json.name("value");
  row.value ? json.raw(*row.value) : json.null();
  write_places(json, "from", row.from);
  json.name("reads");
  json.begin_list();
  for (const ProvenanceRead& read : row.reads) write_read(json, read);
  json.end_list();
  json.name("left_out");
  json.integer(row.left_out);
  json.name("cut");
  json.boolean(row.cut);
  json.end_object();
}

}  // namespace

std::string Provenance::to_text() const { return TextTree(*this).write(); }

std::string Provenance::to_json() const {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object();
  json.name("version");
  json.integer(version);
  json.name("node");
  json.integer(node);
  json.name("view");
  json.string(view);
  json.name("key");
  json.string(key);
  json.name("root_count");
  json.integer(root_count);
  json.name("left_out");
  json.integer(left_out);
  json.name("errors");
  json.begin_list();
  for (const ErrorEvent& error : errors) {
    json.begin_object();
    json.name("node");
    json.string(error.node);
    json.name("key");
    json.string(error.key);
    json.name("error");
    json.string(error.message);
    json.end_object();
  }
  json.end_list();
  json.name("rows");
  json.begin_list();
  for (const ProvenanceRow& row : rows) write_row(json, row);
  json.end_list();
  json.end_object();
  return out;
}

}  // namespace freshet
