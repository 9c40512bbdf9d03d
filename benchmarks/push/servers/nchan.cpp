// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "push/server.hpp"
#include "push/socket.hpp"

namespace freshet::bench {

namespace {

constexpr std::chrono::seconds kPatience{10};

constexpr std::string_view kConfiguration = R"(load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 19000; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  nchan_shared_memory_size 512m;
  nchan_message_buffer_length BUFFER;
  nchan_message_timeout 120s;
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location = /pub { nchan_publisher; nchan_channel_id $arg_id; client_max_body_size 1m; client_body_buffer_size 64k; }
    location = /sub {
      nchan_subscriber;
      nchan_channel_id $arg_id;
      nchan_channel_id_split_delimiter ",";
      nchan_subscriber_first_message newest;
    }
  }
}
)";

std::string replaced(std::string text, std::string_view name, std::size_t value) {
  return text.replace(text.find(name), name.size(), std::to_string(value));
}

/// nginx with the Nchan module, as Debian has them: one worker, a channel for each key.
class NchanProcess final : public Server {
 public:
  NchanProcess(const Setup& setup, const Placement& placement) : setup_(setup) {
    folder_ = std::filesystem::temp_directory_path() / "freshet_nchan_XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
    // Free a moment ago; nginx cannot choose one by itself.
    const std::uint16_t port = port_of(listen_on(0));
    const std::size_t buffered = std::max<std::size_t>(setup.history, 1);
    std::ofstream(folder_ + "/nginx.conf")
        << replaced(replaced(std::string(kConfiguration), "BUFFER", buffered), "PORT", port);
    start({"/usr/sbin/nginx", "-p", folder_, "-c", "nginx.conf"},
          {.cpu = placement.server_cpu, .niceness = placement.niceness, .files_max = setup.files_max}, port);
    wait_for_listener();
  }

  ~NchanProcess() override {
    process().stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Subscription subscribe(std::uint64_t window, std::string_view since) const override {
    std::string target = "/sub?id=";
    for (std::uint64_t at = 0; at < setup_.width; ++at)
      target.append(at == 0 ? "" : ",").append(std::to_string(window * setup_.width + at));
    return {.request = get_request(target, setup_.transport, false, since), .texts = {}};
  }

  Requests write(std::span<const RowToWrite> rows) const override {
    Requests requests;
    for (const RowToWrite& row : rows)
      requests.bytes += body_request("POST", "/pub?id=" + std::to_string(row.key), "[" + std::string(row.json) + "]");
    requests.count = rows.size();
    return requests;
  }

  bool begins_silently() const override { return true; }

 private:
  void wait_for_listener() const {
    for (const auto end = std::chrono::steady_clock::now() + kPatience;;) {
      try {
        connect_to(port(), 0);
        return;
      } catch (const std::system_error&) {
        if (std::chrono::steady_clock::now() > end) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

  Setup setup_;
  std::string folder_;
};

}  // namespace

std::unique_ptr<Server> start_nchan(const Setup& setup, const Placement& placement) {
  return std::make_unique<NchanProcess>(setup, placement);
}

}  // namespace freshet::bench
