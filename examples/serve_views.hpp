// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/store.hpp"

/// What the small examples have in common: a store is opened, views are declared over it, and served once it is loaded.
///
/// `prepare(Store&)` makes tables and first documents; `declare(Service&, LiveStore&, ViewModels&)` gives what has to
/// live as long as the service.
template <class Prepare, class Declare>
int serve_views(int argc, char** argv, std::string name, std::string about, Prepare prepare, Declare declare) {
  freshet::ServiceOptions options;
  std::string url = "memory:";
  const freshet::Program program{
      .name = std::move(name),
      .about = std::move(about),
      .options = {{"--store", &url, "Where the data is: sqlite:FILE, postgres://USER@HOST/DATABASE or memory:"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  auto store = freshet::Store::open(url);
  freshet::Result<void> ready = store ? prepare(*store) : fail(store.error());
  if (ready) {
    freshet::Service service(options);
    freshet::LiveStore live(*store, service.graph());
    freshet::ViewModels views(service, live);
    [[maybe_unused]] const auto kept = declare(service, live, views);
    ready = live.start();
    if (ready) ready = live.wait_until_ready();
    if (ready) return service.run();
  }
  std::fprintf(stderr, "%s\n", to_string(ready.error()).c_str());
  return 1;
}
