# SPDX-License-Identifier: MIT
# What every target of the project is compiled with; not part of what is installed.
add_library(freshet_compile_options INTERFACE)
target_compile_features(freshet_compile_options INTERFACE cxx_std_20)
target_compile_options(freshet_compile_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                         -Woverloaded-virtual -Wcast-align)
set(CMAKE_CXX_EXTENSIONS OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees uninitialized and overlapping strings inside std::variant, std::optional and std::string where there are
  # none (GCC bugs 105562, 105651); the sanitizers find real ones.
  target_compile_options(freshet_compile_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()

if(FRESHET_SANITIZE)
  add_compile_options(-fsanitize=${FRESHET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FRESHET_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns that the thread sanitizer does not see the fences inside Boost.Asio; nothing here relies on them.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# mold links several times faster than the default; test programs are many, so this is felt.
find_program(FRESHET_MOLD mold)
if(FRESHET_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

find_program(FRESHET_CCACHE ccache)
if(FRESHET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FRESHET_CCACHE})
endif()
