# SPDX-License-Identifier: MIT
# freshet_layer(NAME base DEPENDS ... SOURCES ... HEADERS ... TESTS ... LIBRARIES ... PRIVATE_LIBRARIES ...)
#
# Declares one layer of the house: the library freshet_NAME (alias freshet::NAME), its header set, which
# VERIFY_INTERFACE_HEADER_SETS compiles header by header, and its test program freshet_NAME_test. DEPENDS names lower
# layers only; tools/tidy.py checks that the includes agree.
function(freshet_layer)
  cmake_parse_arguments(ARG "" "NAME" "DEPENDS;SOURCES;HEADERS;TESTS;LIBRARIES;PRIVATE_LIBRARIES;TEST_LIBRARIES" ${ARGN})
  set(target freshet_${ARG_NAME})
  list(TRANSFORM ARG_DEPENDS PREPEND freshet::)

  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:freshet_compile_options> ${ARG_PRIVATE_LIBRARIES})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(freshet::${ARG_NAME} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${ARG_DEPENDS} ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${ARG_NAME} VERIFY_INTERFACE_HEADER_SETS ON)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  set_property(GLOBAL APPEND PROPERTY FRESHET_LAYERS ${target})

  if(FRESHET_TESTS AND ARG_TESTS)
    add_executable(${target}_test ${ARG_TESTS})
    target_link_libraries(${target}_test PRIVATE ${target} freshet_compile_options GTest::gmock_main ${ARG_TEST_LIBRARIES})
    gtest_discover_tests(${target}_test TEST_PREFIX ${ARG_NAME}. DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120)
  endif()
endfunction()
