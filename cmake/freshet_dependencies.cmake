# SPDX-License-Identifier: MIT
# The third-party packages that the layers link. The list stands once: the build finds them here, and the installed
# package finds the same ones for its users (freshet-config.cmake.in).
set(FRESHET_DEPENDENCIES "")
macro(freshet_dependency)
  find_package(${ARGN} REQUIRED)
  string(REPLACE ";" " " _freshet_dependency "${ARGN}")
  string(APPEND FRESHET_DEPENDENCIES "find_dependency(${_freshet_dependency})\n")
endmacro()

freshet_dependency(Threads)
freshet_dependency(tl-expected)
freshet_dependency(Boost 1.81)  # headers only: Boost::headers
freshet_dependency(spdlog)
freshet_dependency(CLI11)
freshet_dependency(date)  # time zones: date::date-tz
freshet_dependency(OpenSSL 3)
freshet_dependency(Nghttp2)
freshet_dependency(tomlplusplus)
freshet_dependency(SQLite3)
freshet_dependency(PostgreSQL)
freshet_dependency(ZLIB)
