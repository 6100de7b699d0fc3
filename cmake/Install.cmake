# Install rules: headers, both libraries, find_package(Coracle), pkg-config, and packages by cpack.
# SPDX-License-Identifier: Apache-2.0
include(CMakePackageConfigHelpers)

set(coracle_cmake_directory "${CMAKE_INSTALL_LIBDIR}/cmake/Coracle")

# Two components, as Debian parts a library: what a program needs to run, and what it needs to be built.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS coracle_shared coracle_static EXPORT CoracleTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/coracle" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h" PATTERN kunlun.h EXCLUDE)
if(CORACLE_KUNLUN)
  install(FILES "${PROJECT_SOURCE_DIR}/include/coracle/kunlun.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/coracle")
  install(TARGETS coracle_kunlun EXPORT CoracleTargets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/bindings/cpp/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/edge-profiles/" DESTINATION "${CMAKE_INSTALL_DATADIR}/coracle/profiles" FILES_MATCHING PATTERN "*.json")
install(EXPORT CoracleTargets NAMESPACE Coracle:: DESTINATION "${coracle_cmake_directory}")
install(FILES "${PROJECT_SOURCE_DIR}/cmake/CoracleModel.cmake" "${PROJECT_SOURCE_DIR}/cmake/EmbedModel.cmake"
  DESTINATION "${coracle_cmake_directory}")

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

# Inside another project, its packages are its own affair.
if(coracle_top_level)
  include("${CMAKE_CURRENT_LIST_DIR}/Packages.cmake")
endif()
