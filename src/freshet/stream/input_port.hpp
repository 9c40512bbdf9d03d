// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/graph/input.hpp"
#include "freshet/graph/transaction.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/stream/access.hpp"

namespace freshet::stream {

/// An input without its types: the door through which clients' writes come in. Templates end in this interface.
///
/// Thread safety: belongs to the loop of the graph.
class InputPort {
 public:
  InputPort(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}
  virtual ~InputPort() = default;

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  virtual const Type& key_type() const = 0;
  virtual const Type& value_type() const = 0;

  /// Reads rows, `[[key,[value,...]],...]`, from the reader's current token on, and adds them to the transaction. No
  /// values take the key away; a later row replaces an earlier one of the same key.
  ///
  /// Errors: those of decode_json(), with the path; forbidden, where `writer` may not write a row. The transaction then
  /// holds a part of the rows: throw it away.
  Result<void> read_rows(codec::JsonReader& reader, Transaction& transaction, const Writer& writer) const;

 protected:
  /// Reads the list of values that comes next.
  template <class Value> static Result<void> read_values(codec::JsonReader& reader, std::vector<Value>& values);

 private:
  /// Reads one row, from its key (the current token) to the end of its values.
  virtual Result<void> read_row(codec::JsonReader& reader, Transaction& transaction, const Writer& writer) const = 0;

  const std::string name_;
  const std::string doc_;
};

template <class Value> Result<void> InputPort::read_values(codec::JsonReader& reader, std::vector<Value>& values) {
  if (auto begun = reader.expect(codec::JsonToken::begin_list); !begun) return begun;
  while (reader.next() != codec::JsonToken::end_list) {
    // Not emplace_back() and decode in place: a vector<bool> has no element to point to.
    Value value{};
    if (auto read = codec::decode_json(type_of<Value>(), &value, reader); !read) return read;
    values.push_back(std::move(value));
  }
  return {};
}

/// The door to one input of a graph.
template <class Key, class Value> class TypedInputPort final : public InputPort {
 public:
  TypedInputPort(Input<Key, Value> input, std::string doc)
      : InputPort(input.name(), std::move(doc)), input_(std::move(input)) {}

  const Type& key_type() const override { return type_of<Key>(); }
  const Type& value_type() const override { return type_of<Value>(); }

 private:
  Result<void> read_row(codec::JsonReader& reader, Transaction& transaction, const Writer& writer) const override {
    Key key{};
    std::vector<Value> values;
    auto read = codec::decode_json(type_of<Key>(), &key, reader);
    if (read) read = read_values(reader, values);
    if (read) {
      read = writer.access.may_write(input_, writer.caller, key, values);
      if (!read) read.error().path = reader.path();
    }
    if (read) transaction.set_all(input_, std::move(key), std::move(values));
    return read;
  }

  Input<Key, Value> input_;
};

}  // namespace freshet::stream
