// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/table.hpp"

namespace freshet {

struct MaterialiseOptions {
  /// Documents that one transaction writes at most.
  std::size_t writes_max = 1000;
  /// Documents that are read at once while all are compared.
  std::size_t page_rows = 1000;
  /// How long to wait after a failure, doubled with each up to `delay_max`.
  std::chrono::milliseconds delay_min{20};
  std::chrono::milliseconds delay_max{5'000};
  /// Told of what goes wrong, on the writing thread or the graph's.
  std::function<void(const Error&)> on_trouble = {};
};

struct MaterialiseProgress {
  /// Whether the documents equal the view as the graph has it.
  bool settled = false;
  std::uint64_t written = 0;       ///< documents
  std::uint64_t removed = 0;       ///< documents
  std::uint64_t transactions = 0;  ///< that wrote some
  std::uint64_t rebuilds = 0;      ///< complete comparisons, the first included
  std::uint64_t troubles = 0;
  std::optional<Error> last_trouble = std::nullopt;
  store::Position position = {};
};

}  // namespace freshet

namespace freshet::store {

/// Where the rows come from that are to be documents, without their type.
class DocumentSource {
 public:
  /// `value` is an object of the model, or null where the row is gone.
  using Visit = std::function<void(const std::string& path, const void* value)>;

  virtual ~DocumentSource() = default;
  virtual void for_each(const Visit& visit) const = 0;
  virtual Subscription subscribe(Visit visit, std::function<void()> end) const = 0;
};

template <class Value> class TypedDocumentSource final : public DocumentSource {
 public:
  explicit TypedDocumentSource(Collection<std::string, Value> rows) : rows_(std::move(rows)) {}

  void for_each(const Visit& visit) const override {
    rows_.for_each([&](const std::string& path, const Values<Value>& values) { visit(path, &values.front()); });
  }
  Subscription subscribe(Visit visit, std::function<void()> end) const override {
    return rows_.subscribe(
        [visit = std::move(visit), end = std::move(end)](const Changes<std::string, Value>& changes) {
          for (const auto change : changes) {
            const auto values = change.values();
            visit(change.key(), values.empty() ? nullptr : &values.front());
          }
          end();
        });
  }

 private:
  Collection<std::string, Value> rows_;
};

/// Writes rows as documents, on a thread of its own.
class DocumentWriter {
 public:
  DocumentWriter(std::string name, const Table& table, LiveStore& live, MaterialiseOptions options);
  DocumentWriter(const DocumentWriter&) = delete;
  DocumentWriter& operator=(const DocumentWriter&) = delete;
  ~DocumentWriter() { stop(); }

  // The graph's thread.
  void follow(std::unique_ptr<DocumentSource> source);
  void rebuild();
  void stop();
  /// From any thread.
  MaterialiseProgress progress() const;

 private:
  struct Document {
    Key key;
    Cells cells;
  };
  /// By path; nothing where there is to be no document.
  using Documents = std::map<std::string, std::optional<Document>>;

  // The graph's thread.
  static void take(const std::string& path, std::optional<Document> document, Documents& into);
  Result<Document> document_of(const std::string& path, const void* value) const;

  // The writing thread.
  void run();
  bool prepare();
  bool compare(Documents wanted);
  std::optional<std::vector<Row>> read_page(const std::optional<Key>& after);
  bool write_all(Documents documents);
  /// Until it is done or given up; false when stopped.
  bool write(const Documents& documents);
  Result<Position> try_write(const Documents& documents);
  Result<Position> wait_for(const std::function<void(TransactionEnd)>& begin);
  /// Calls `attempt` until it succeeds or its error is none that time heals; false when stopped.
  Result<bool> persist(const std::function<Result<void>()>& attempt);
  void tell(const Error& trouble);

  const std::string name_;
  const Table& table_;
  LiveStore& live_;
  const std::shared_ptr<Backend> backend_;
  const MaterialiseOptions options_;

  // The graph's thread only.
  std::unique_ptr<DocumentSource> source_;
  Subscription subscription_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Protected by mutex_.
  std::optional<Documents> all_;  // what there is to be, where all is to be compared
  Documents pending_;
  MaterialiseProgress progress_;
  bool stopped_ = false;

  std::thread thread_;
};

}  // namespace freshet::store
