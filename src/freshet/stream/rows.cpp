// SPDX-License-Identifier: MIT
#include "freshet/stream/rows.hpp"

#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/model/type.hpp"

namespace freshet::stream {

void RowFaults::raise(const std::string& key, const std::string& message) {
  std::string& standing = standing_[key];
  if (standing == message) return;
  standing = message;
  news_.push_back({key, message});
}

void RowFaults::heal(const std::string& key) {
  if (standing_.erase(key) != 0) news_.push_back({key, {}});
}

RowWriter::RowWriter(const Type& key, const Type& value, std::string& out, RowFaults& faults,
                     std::vector<ItemAt>* items)
    : key_type_(key), value_type_(value), out_(out), faults_(faults), items_(items) {
  out_ += '[';
}

void RowWriter::begin_row(const void* key) {
  key_ = key;
  key_failed_ = failed_ = false;
  const std::size_t row_at = out_.size();
  out_ += first_ ? "[" : ",[";
  key_at_ = out_.size();
  if (const auto encoded = codec::encode_json(key_type_, key, out_); !encoded) {
    key_failed_ = true;
    out_.resize(row_at);
    faults_.raise("null", to_string(encoded.error()));
    return;
  }
  first_ = false;
  out_ += ",[";
  values_at_ = out_.size();
}

void RowWriter::value(const void* value) {
  if (key_failed_ || failed_) return;
  if (out_.size() != values_at_) out_ += ',';
  if (const auto encoded = codec::encode_json(value_type_, value, out_); !encoded) {
    failed_ = true;
    out_.resize(values_at_);
    faults_.raise(key_text(), to_string(encoded.error()));
  }
}

void RowWriter::end_row() {
  if (key_failed_) {
    if (items_ != nullptr) items_->push_back({out_.size(), 0, 0});
    return;
  }
  if (!failed_ && !faults_.empty()) faults_.heal(key_text());
  out_ += "]]";
  if (items_ != nullptr) items_->push_back({key_at_ - 1, values_at_ - 2 - key_at_, out_.size() - key_at_ + 1});
}

void RowWriter::raw_row(std::string_view row) {
  if (!std::exchange(first_, false)) out_ += ',';
  if (items_ != nullptr) items_->push_back({out_.size(), 0, row.size()});
  out_ += row;
}

void RowWriter::finish() { out_ += ']'; }

// A string as it is, as the graph names rows in its errors; anything else as its JSON.
std::string RowWriter::key_text() const {
  if (key_type_.kind() == Kind::string) return key_type_.as_string(key_);
  return out_.substr(key_at_, values_at_ - 2 - key_at_);
}

}  // namespace freshet::stream
