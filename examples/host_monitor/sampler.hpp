// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "freshet/graph/graph.hpp"
#include "proc_reader.hpp"

namespace host_monitor {

/// What is known of the machine: one collection per kind of thing. Samples have a history, the others are as they are
/// now.
struct Inputs {
  explicit Inputs(freshet::Graph& graph);

  freshet::Input<std::string, Host> host;
  freshet::Input<std::string, CpuSample> cpus;
  freshet::Input<std::string, MemorySample> memory;
  freshet::Input<std::string, DiskSample> disks;
  freshet::Input<std::string, InterfaceSample> interfaces;
  freshet::Input<std::string, Filesystem> filesystems;
  freshet::Input<std::string, Sensor> sensors;
  freshet::Input<int, Process> processes;
};

/// Makes one input say what the readings say: adds each row to the history under its key, and takes away the keys that
/// a reading does not have any more.
template <class Key, class Row> class Mirror {
 public:
  Mirror(freshet::Input<Key, Row> input, Key Row::*key, std::size_t history_max)
      : input_(std::move(input)), key_(key), history_max_(history_max) {}

  void write(const std::vector<Row>& rows, freshet::Transaction& transaction) {
    auto before = std::exchange(rows_, {});
    for (const Row& row : rows) {
      auto history = before.extract(row.*key_);
      auto& kept = history ? rows_.insert(std::move(history)).position->second : rows_[row.*key_];
      if (kept.size() == history_max_) kept.erase(kept.begin());
      kept.push_back(row);
      transaction.set_all(input_, row.*key_, kept);
    }
    for (const auto& [key, gone] : before) transaction.erase(input_, key);
  }

 private:
  freshet::Input<Key, Row> input_;
  Key Row::*key_;
  std::size_t history_max_;
  std::map<Key, std::vector<Row>> rows_;
};

/// Turns readings into transactions.
class Mirrors {
 public:
  Mirrors(const Inputs& inputs, std::size_t history_max);

  freshet::Transaction transaction_of(const HostReading& reading);

 private:
  Mirror<std::string, Host> host_;
  Mirror<std::string, CpuSample> cpus_;
  Mirror<std::string, MemorySample> memory_;
  Mirror<std::string, DiskSample> disks_;
  Mirror<std::string, InterfaceSample> interfaces_;
  Mirror<std::string, Filesystem> filesystems_;
  Mirror<std::string, Sensor> sensors_;
  Mirror<int, Process> processes_;
};

/// Reads the machine again and again, each time as one transaction.
///
/// The inputs are filled when the constructor returns; from then on a thread of its own reads (/proc and statvfs() wait
/// for the kernel) and posts to the graph.
///
/// Lifetime: ends before the graph.
class Sampler {
 public:
  struct Options {
    std::chrono::milliseconds interval{500};
    std::size_t history_max = 120;
    ProcReader::Options reader{};
  };

  Sampler(freshet::Graph& graph, const Inputs& inputs, const Options& options);

 private:
  HostReading read();
  void run(std::stop_token stop);
  bool wait(std::chrono::steady_clock::time_point until, std::stop_token stop);

  freshet::Graph& graph_;
  const std::chrono::milliseconds interval_;
  freshet::SystemClock clock_;
  ProcReader reader_;
  Mirrors mirrors_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace host_monitor
