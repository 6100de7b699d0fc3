# Install rules: headers, both libraries, find_package(Coracle) and pkg-config.
# SPDX-License-Identifier: Apache-2.0
include(CMakePackageConfigHelpers)

set(coracle_cmake_directory "${CMAKE_INSTALL_LIBDIR}/cmake/Coracle")

install(TARGETS coracle_shared coracle_static EXPORT CoracleTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/coracle" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/edge-profiles/" DESTINATION "${CMAKE_INSTALL_DATADIR}/coracle/profiles" FILES_MATCHING PATTERN "*.json")
install(EXPORT CoracleTargets NAMESPACE coracle:: DESTINATION "${coracle_cmake_directory}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/CoracleConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/CoracleConfig.cmake"
  INSTALL_DESTINATION "${coracle_cmake_directory}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/CoracleConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/CoracleConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/CoracleConfigVersion.cmake"
  DESTINATION "${coracle_cmake_directory}")

list(TRANSFORM coracle_needs PREPEND "-l" OUTPUT_VARIABLE coracle_private_libraries)
list(JOIN coracle_private_libraries " " coracle_private_libraries)
file(RELATIVE_PATH coracle_pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${PROJECT_SOURCE_DIR}/cmake/coracle.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/coracle.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/coracle.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
