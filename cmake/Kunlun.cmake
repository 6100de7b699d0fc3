# The Kunlun XPU simulator in a shared library of its own: it carries the layers that it needs, and libcoracle knows nothing of it.
# SPDX-License-Identifier: Apache-2.0

if(CORACLE_SWIFT_OBJECTS)
  message(FATAL_ERROR "CORACLE_KUNLUN needs the Swift layers of this build: leave CORACLE_SWIFT_OBJECTS empty")
endif()
set(coracle_kunlun "${coracle_sources}/Backends/KunlunSimulator")
coracle_embedded_swift_module(KunlunNumerics "${coracle_kunlun}/Numerics" INCLUDES ${coracle_modules} DEPENDS ModelFile Kernels)
coracle_embedded_swift_module(KunlunBackend "${coracle_kunlun}/Backend" OBJECT INCLUDES ${coracle_modules} DEPENDS Tensors Operators KunlunNumerics)

add_library(coracle_kunlun_table OBJECT "${coracle_kunlun}/Library/table.c")
target_include_directories(coracle_kunlun_table PRIVATE "${PROJECT_SOURCE_DIR}/include")
set_target_properties(coracle_kunlun_table PROPERTIES POSITION_INDEPENDENT_CODE ON C_STANDARD 99 C_EXTENSIONS OFF)
target_compile_options(coracle_kunlun_table PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections)

set(coracle_kunlun_exports "${PROJECT_SOURCE_DIR}/cmake/exported-symbols-kunlun.txt")
set(coracle_kunlun_object "${CMAKE_CURRENT_BINARY_DIR}/coracle_kunlun.o")
coracle_merge_objects("${coracle_kunlun_object}" "${coracle_kunlun_exports}" $<TARGET_OBJECTS:coracle_platform> $<TARGET_OBJECTS:coracle_kunlun_table>
  ${KunlunBackend_OBJECT})
set_source_files_properties("${coracle_kunlun_object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_custom_target(coracle_kunlun_merged DEPENDS "${coracle_kunlun_object}")
add_dependencies(coracle_kunlun_merged coracle_platform coracle_kunlun_table)

add_library(coracle_kunlun SHARED "${coracle_kunlun_object}")
add_dependencies(coracle_kunlun coracle_kunlun_merged)
set_target_properties(coracle_kunlun PROPERTIES LINKER_LANGUAGE C VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(coracle_kunlun INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(coracle_kunlun PRIVATE m)
if(CORACLE_SANITIZE)
  target_link_options(coracle_kunlun PUBLIC -fsanitize=address)
else()
  target_link_options(coracle_kunlun PRIVATE -Wl,-z,defs)
endif()
target_link_options(coracle_kunlun PRIVATE -Wl,-s -Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,--build-id)
add_library(Coracle::kunlun ALIAS coracle_kunlun)
set_target_properties(coracle_kunlun PROPERTIES EXPORT_NAME kunlun)
