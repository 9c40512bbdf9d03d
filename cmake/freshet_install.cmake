# SPDX-License-Identifier: MIT
# Installs the layers, their headers and the package files behind find_package(freshet); included once, after all layers.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/freshet)
get_property(layers GLOBAL PROPERTY FRESHET_LAYERS)
install(TARGETS ${layers} EXPORT freshet-targets FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT freshet-targets NAMESPACE freshet:: DESTINATION ${package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/freshet-config.cmake.in ${PROJECT_BINARY_DIR}/freshet-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/freshet-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/freshet-config.cmake ${PROJECT_BINARY_DIR}/freshet-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindNghttp2.cmake
        DESTINATION ${package_dir})
