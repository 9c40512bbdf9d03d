// SPDX-License-Identifier: MIT
#include "freshet/store/detail/document_writer.hpp"

#include <algorithm>
#include <array>
#include <future>

#include "freshet/store/materialise.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/query.hpp"
#include "freshet/store/reference.hpp"

namespace freshet::store {
namespace {

/// Whether the same may succeed later.
bool heals(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::limit_exceeded || is_lost_race(error);
}

}  // namespace

DocumentWriter::DocumentWriter(std::string name, const Table& table, LiveStore& live, MaterialiseOptions options)
    : name_(std::move(name)),
      table_(table),
      live_(live),
      backend_(live.backend()),
      options_(std::move(options)),
      thread_([this] { run(); }) {}

// The graph's thread.

void DocumentWriter::follow(std::unique_ptr<DocumentSource> source) {
  source_ = std::move(source);
  subscription_ = source_->subscribe(
      [this](const std::string& path, const void* value) {
        auto document = document_of(path, value);
        if (!document) tell(document.error());
        const std::lock_guard lock(mutex_);
        progress_.settled = false;
        take(path, value != nullptr && document ? std::optional(*std::move(document)) : std::nullopt, pending_);
      },
      [this] { changed_.notify_all(); });
  rebuild();
}

void DocumentWriter::rebuild() {
  if (source_ == nullptr) return;
  Documents all;
  source_->for_each([&](const std::string& path, const void* value) {
    auto document = document_of(path, value);
    if (!document) tell(document.error());
    take(path, document ? std::optional(*std::move(document)) : std::nullopt, all);
  });
  const std::lock_guard lock(mutex_);
  all_ = std::move(all);
  pending_.clear();  // all of that is in there
  progress_.settled = false;
  changed_.notify_all();
}

void DocumentWriter::take(const std::string& path, std::optional<Document> document, Documents& into) {
  // What cannot be written must not stand there as it was before, either.
  if (const auto place = Reference::parse(path); !place || !place->is_document()) return;
  into[path] = std::move(document);
}

Result<DocumentWriter::Document> DocumentWriter::document_of(const std::string& path, const void* value) const {
  const auto place = Reference::parse(path);
  if (!place || !place->is_document() || place->parent().name() != table_.name) {
    return fail(ErrorCode::invalid_argument,
                "the view " + name_ + " names a place that is no document of " + table_.name, path);
  }
  Document document{.key = {.parent = place->parent().parent().path(), .id = std::string(place->name())}, .cells = {}};
  if (value == nullptr) return document;
  const Variant& variant = table_.variants.front();
  if (const std::string id = id_of(variant, value); id != document.key.id) {
    return fail(ErrorCode::invalid_argument,
                "the view " + name_ + " has a row whose key is not the name of its document", path + ", key " + id);
  }
  auto cells = to_cells(table_, variant, value);
  if (!cells) return fail(std::move(cells.error()));
  document.cells = *std::move(cells);
  return document;
}

void DocumentWriter::stop() {
  subscription_ = {};
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

MaterialiseProgress DocumentWriter::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

// The writing thread.

void DocumentWriter::run() {
  bool prepared = false;
  for (;;) {
    std::optional<Documents> all;
    Documents pending;
    {
      std::unique_lock lock(mutex_);
      progress_.settled = progress_.rebuilds != 0 && !all_ && pending_.empty();
      changed_.wait(lock, [this] { return stopped_ || all_ || !pending_.empty(); });
      if (stopped_) return;
    }
    if (!prepared && !prepare()) return;
    prepared = true;
    // The position first: what is taken afterwards holds all that the graph showed up to it.
    const Position position = live_.progress().position;
    {
      const std::lock_guard lock(mutex_);
      all = std::exchange(all_, std::nullopt);
      pending = std::exchange(pending_, {});
      progress_.position = position;
    }
    if (all && !compare(*std::move(all))) return;
    if (!pending.empty() && !write_all(std::move(pending))) return;
  }
}

bool DocumentWriter::prepare() {
  const std::array<const Table*, 2> tables{&table_, &table_of<MaterialisedState>()};
  const auto done = persist([&] { return backend_->prepare(tables); });
  if (!done) tell(done.error());
  return done.value_or(false);
}

bool DocumentWriter::compare(Documents wanted) {
  std::optional<Key> after;
  for (;;) {
    const auto page = read_page(after);
    if (!page) return false;
    Documents wrong;
    for (const Row& row : *page) {
      after = row.key;
      const std::string path = path_of(table_, row.key);
      const auto found = wanted.find(path);
      if (found == wanted.end() || !found->second) {
        wrong.emplace(path, std::nullopt);
      } else if (found->second->cells != row.cells) {
        wrong.emplace(path, std::move(found->second));
      }
      if (found != wanted.end()) wanted.erase(found);
    }
    if (!write_all(std::move(wrong))) return false;
    if (page->size() < options_.page_rows) break;
  }
  std::erase_if(wanted, [](const auto& entry) { return !entry.second; });
  if (!write_all(std::move(wanted))) return false;
  const std::lock_guard lock(mutex_);
  ++progress_.rebuilds;
  return true;
}

std::optional<std::vector<Row>> DocumentWriter::read_page(const std::optional<Key>& after) {
  Query query{.table = &table_, .parent = std::nullopt, .limit = options_.page_rows};
  if (after) query.start = Cursor{.key = after, .inclusive = false};
  std::vector<Row> rows;
  const auto done = persist([&]() -> Result<void> {
    auto end = wait_for([&](TransactionEnd told) {
      backend_->read(
          [&](BackendTransaction& transaction) -> Result<void> {
            auto found = transaction.query(query);
            if (!found) return fail(std::move(found.error()));
            rows = *std::move(found);
            return {};
          },
          std::move(told));
    });
    return end ? Result<void>() : fail(std::move(end.error()));
  });
  if (!done) tell(done.error());
  if (!done.value_or(false)) return std::nullopt;
  return rows;
}

bool DocumentWriter::write_all(Documents documents) {
  while (!documents.empty()) {
    Documents some;
    while (!documents.empty() && some.size() < std::max<std::size_t>(options_.writes_max, 1)) {
      some.insert(documents.extract(documents.begin()));
    }
    if (!write(some)) return false;
  }
  return true;
}

bool DocumentWriter::write(const Documents& documents) {
  const auto done = persist([&]() -> Result<void> {
    auto written = try_write(documents);
    return written ? Result<void>() : fail(std::move(written.error()));
  });
  if (done) return *done;
  tell(done.error());
  if (documents.size() == 1) return true;  // this one cannot be written: the others go on
  return std::ranges::all_of(documents, [&](const auto& entry) { return write({entry}); });
}

Result<Position> DocumentWriter::try_write(const Documents& documents) {
  MaterialisedState state{.name = name_, .position = {}};
  {
    const std::lock_guard lock(mutex_);
    state.position = progress_.position.text;
  }
  auto end = wait_for([&](TransactionEnd told) {
    backend_->write(
        [&](BackendTransaction& transaction) -> Result<void> {
          for (const auto& [path, document] : documents) {
            const auto place = Reference::parse(path).value();
            Write write{.kind = document ? WriteKind::set : WriteKind::remove,
                        .table = &table_,
                        .key = {.parent = place.parent().parent().path(), .id = std::string(place.name())},
                        .obj_type = table_.variants.front().name,
                        .cells = document ? document->cells : Cells()};
            if (auto written = transaction.write(write); !written) return fail(std::move(written.error()));
          }
          const Table& states = table_of<MaterialisedState>();
          auto cells = to_cells(states, states.variants.front(), &state);
          if (!cells) return fail(std::move(cells.error()));
          auto written = transaction.write({.kind = WriteKind::set,
                                            .table = &states,
                                            .key = {.parent = {}, .id = name_},
                                            .obj_type = states.variants.front().name,
                                            .cells = *std::move(cells)});
          return written ? Result<void>() : fail(std::move(written.error()));
        },
        std::move(told));
  });
  if (!end) return end;
  const auto removed = static_cast<std::uint64_t>(
      std::ranges::count_if(documents, [](const auto& entry) { return !entry.second.has_value(); }));
  const std::lock_guard lock(mutex_);
  ++progress_.transactions;
  progress_.removed += removed;
  progress_.written += documents.size() - removed;
  return end;
}

Result<Position> DocumentWriter::wait_for(const std::function<void(TransactionEnd)>& begin) {
  std::promise<Result<Position>> end;
  begin([&](Result<Position> told) { end.set_value(std::move(told)); });
  return end.get_future().get();
}

Result<bool> DocumentWriter::persist(const std::function<Result<void>()>& attempt) {
  auto delay = options_.delay_min;
  for (;;) {
    auto done = attempt();
    if (done) return true;
    if (!heals(done.error())) return fail(std::move(done.error()));
    tell(done.error());
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, delay, [this] { return stopped_; })) return false;
    delay = std::min(delay * 2, options_.delay_max);
  }
}

void DocumentWriter::tell(const Error& trouble) {
  {
    const std::lock_guard lock(mutex_);
    ++progress_.troubles;
    progress_.last_trouble = trouble;
  }
  if (options_.on_trouble) options_.on_trouble(trouble);
}

}  // namespace freshet::store
