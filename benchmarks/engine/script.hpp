// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/random.hpp"

namespace freshet::bench {

/// The transactions of one cell of the table, flushed `batch` at a time.
template <class Transaction> struct Phase {
  /// What the line of the table is called.
  std::string workload;
  std::size_t batch = 1;
  /// Whether one transaction makes many deltas: the time of one is then told as well.
  bool fans_out = false;
  std::vector<Transaction> transactions;

  std::size_t flushes() const { return transactions.size() / batch; }
  std::span<const Transaction> flush(std::size_t i) const { return std::span(transactions).subspan(i * batch, batch); }
};

/// A prefix of the script, with the state (see Fold) that its output has there, computed from scratch.
struct Checkpoint {
  /// Flushes since the load; 0 is the load itself.
  std::uint64_t flushes{};
  std::uint64_t state{};
};

/// Everything that a run does, worked out beforehand, so that every contender gets the same and no clock counts the
/// dice.
///
/// Rows and transactions are structs of 64-bit words: a peer in another language reads them from a file.
template <class RowType, class TransactionType> struct Script {
  using Row = RowType;
  using Transaction = TransactionType;
  static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) % 8 == 0);
  static_assert(std::is_trivially_copyable_v<Transaction> && sizeof(Transaction) % 8 == 0);

  /// Rows of the load that one flush takes.
  static constexpr std::size_t kLoadBatch = 10'000;

  /// What a peer knows the work by.
  std::string name;
  /// The size that the table names and that bytes are divided by.
  std::uint64_t rows{};
  std::vector<std::uint64_t> parameters;
  std::vector<Row> load;
  std::vector<Phase<Transaction>> phases;
  std::vector<Checkpoint> checkpoints;

  /// Picks 16 random prefixes, the load and the end, and computes their states with a fresh `model`: it takes rows and
  /// transactions with apply() and computes state() from scratch.
  template <class Model> void check_against(Model model);
  /// Words, in the order of the members. False when the file cannot be written.
  bool write(const std::string& path) const;
};

template <class Row, class Transaction>
template <class Model>
void Script<Row, Transaction>::check_against(Model model) {
  constexpr std::size_t kPrefixes = 16;
  std::uint64_t flushes = 0;
  for (const auto& phase : phases) flushes += phase.flushes();
  SplitMix64 random(rows + flushes);
  std::vector<std::uint64_t> prefixes{0, flushes};
  for (std::size_t i = 0; i < kPrefixes; ++i) prefixes.push_back(random.below(flushes + 1));
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());

  checkpoints.clear();
  for (const Row& row : load) model.apply(row);
  std::uint64_t done = 0;
  const auto check = [&] {
    if (checkpoints.size() < prefixes.size() && prefixes[checkpoints.size()] == done)
      checkpoints.push_back({done, model.state()});
  };
  check();
  for (const auto& phase : phases)
    for (std::size_t i = 0; i < phase.flushes(); ++i) {
      for (const Transaction& transaction : phase.flush(i)) model.apply(transaction);
      ++done;
      check();
    }
}

template <class Row, class Transaction> bool Script<Row, Transaction>::write(const std::string& path) const {
  std::ofstream file(path, std::ios::binary);
  const auto words = [&](const void* data, std::size_t bytes) {
    file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  };
  const auto word = [&](std::uint64_t value) { words(&value, sizeof value); };
  char padded[32] = {};
  std::copy_n(name.begin(), std::min(name.size(), sizeof padded), padded);
  words(padded, sizeof padded);
  word(rows);
  word(parameters.size());
  words(parameters.data(), parameters.size() * 8);
  word(kLoadBatch);
  word(sizeof(Row) / 8);
  word(load.size());
  words(load.data(), load.size() * sizeof(Row));
  word(sizeof(Transaction) / 8);
  word(phases.size());
  for (const auto& phase : phases) {
    word(phase.batch);
    word(phase.flushes() * phase.batch);
    words(phase.transactions.data(), phase.flushes() * phase.batch * sizeof(Transaction));
  }
  word(checkpoints.size());
  for (const auto& checkpoint : checkpoints) word(checkpoint.flushes);
  file.close();
  return !file.fail();
}

}  // namespace freshet::bench
