# SPDX-License-Identifier: MIT
# freshet_embed(TARGET host_monitor HEADER web_files.hpp NAME host_monitor::web_files FILES web/index.html=index.html ...)
#
# Compiles files into a target, which gets `std::span<const freshet::StaticFile> NAME()`, declared in HEADER. A file is
# written SOURCE=PATH, where PATH is how the service will name it; SOURCE alone keeps its file name. Whatever changes in a
# file is embedded anew by the next build.
#
# freshet_client_files(FILES PREFIX freshet)
#
# The JavaScript client's modules as such files: a page imports PREFIX/index.js.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(FRESHET_EMBED_PROGRAM ${CMAKE_CURRENT_LIST_DIR}/freshet_embed.py)

function(freshet_embed)
  cmake_parse_arguments(ARG "" "TARGET;HEADER;NAME" "FILES;DEPENDS" ${ARGN})
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(header ${directory}/${ARG_HEADER})
  string(REGEX REPLACE "\\.hpp$" ".cpp" source ${header})

  set(pairs)
  set(inputs)
  foreach(pair IN LISTS ARG_FILES)
    string(REGEX MATCH "^([^=]+)=?(.*)$" _ ${pair})
    cmake_path(ABSOLUTE_PATH CMAKE_MATCH_1 BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE input)
    set(path ${CMAKE_MATCH_2})
    if(NOT path)
      cmake_path(GET input FILENAME path)
    endif()
    list(APPEND inputs ${input})
    list(APPEND pairs ${input}=${path})
  endforeach()

  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND Python3::Interpreter ${FRESHET_EMBED_PROGRAM} --header ${header} --source ${source} --name ${ARG_NAME} ${pairs}
    DEPENDS ${inputs} ${ARG_DEPENDS} ${FRESHET_EMBED_PROGRAM}
    COMMENT "Embedding the files of ${ARG_TARGET}"
    VERBATIM)
  # A target of its own, which waits for nothing: the sources of TARGET need not wait for the libraries that it links.
  add_custom_target(${ARG_TARGET}_embedded DEPENDS ${header} ${source})
  add_dependencies(${ARG_TARGET} ${ARG_TARGET}_embedded)
  target_sources(${ARG_TARGET} PRIVATE ${source} ${header})
  target_include_directories(${ARG_TARGET} PUBLIC $<BUILD_INTERFACE:${directory}>)
endfunction()

function(freshet_client_files result)
  cmake_parse_arguments(ARG "" "PREFIX" "" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/clients/js/src)
  set(modules
      backoff.js client.js collection.js error.js follower.js http.js index.js json.js listeners.js page.js rows.js socket.js
      sse_parser.js transport_choice.js transports/http_transport.js transports/ndjson.js transports/poll.js
      transports/sse.js transports/transport.js transports/websocket.js)
  list(TRANSFORM modules REPLACE "^(.+)$" "${folder}/\\1=${ARG_PREFIX}/\\1" OUTPUT_VARIABLE files)
  set(${result} ${files} PARENT_SCOPE)
endfunction()
