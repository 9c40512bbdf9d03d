# SPDX-License-Identifier: MIT
# freshet_layer(NAME base DEPENDS ... SOURCES ... HEADERS ... TESTS ... LIBRARIES ... PRIVATE_LIBRARIES ...
#               TEST_LIBRARIES ...)
#
# Declares one layer of the house: the library freshet_NAME (alias freshet::NAME), its headers, and its test program
# freshet_NAME_test. DEPENDS names lower layers only; tools/tidy.py checks that the includes agree. Headers under
# internal/ are for this layer alone: they are not installed.
function(freshet_layer)
  cmake_parse_arguments(ARG "" "NAME" "DEPENDS;SOURCES;HEADERS;TESTS;LIBRARIES;PRIVATE_LIBRARIES;TEST_LIBRARIES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "freshet_layer(${ARG_NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
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
  set_property(GLOBAL APPEND PROPERTY FRESHET_LAYERS ${target})

  set(internal_headers ${ARG_HEADERS})
  list(FILTER internal_headers INCLUDE REGEX "(^|/)internal/")
  list(FILTER ARG_HEADERS EXCLUDE REGEX "(^|/)internal/")
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  if(internal_headers)
    freshet_verify_internal_headers(${target} "${internal_headers}" "${ARG_PRIVATE_LIBRARIES}")
  endif()

  if(FRESHET_TESTS AND ARG_TESTS)
    add_executable(${target}_test ${ARG_TESTS})
    target_link_libraries(${target}_test PRIVATE ${target} freshet_compile_options GTest::gmock_main
                                                 ${ARG_PRIVATE_LIBRARIES} ${ARG_TEST_LIBRARIES})
    gtest_discover_tests(${target}_test TEST_PREFIX ${ARG_NAME}. DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120 LABELS layer)
    set_property(GLOBAL APPEND PROPERTY FRESHET_LAYER_TESTS ${target}_test)
  endif()
endfunction()

# VERIFY_INTERFACE_HEADER_SETS compiles each public header alone; this does the same for a layer's internal ones.
function(freshet_verify_internal_headers target headers libraries)
  set(sources "")
  foreach(header IN LISTS headers)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/verify_internal/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(${target}_verify_internal_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(${target}_verify_internal_headers PRIVATE ${target} freshet_compile_options ${libraries})
  set_property(GLOBAL APPEND PROPERTY FRESHET_HEADER_CHECKS ${target}_verify_internal_headers)
endfunction()

# The targets that stand for all layers, once they are all declared: freshet_layer_tests builds their test programs,
# freshet_verify_internal_headers compiles their internal headers alone (all_verify_interface_header_sets, which is
# CMake's own, does the public ones).
function(freshet_layers_end)
  get_property(tests GLOBAL PROPERTY FRESHET_LAYER_TESTS)
  add_custom_target(freshet_layer_tests DEPENDS ${tests})
  get_property(checks GLOBAL PROPERTY FRESHET_HEADER_CHECKS)
  add_custom_target(freshet_verify_internal_headers DEPENDS ${checks})
endfunction()
