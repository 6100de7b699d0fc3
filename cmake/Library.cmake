# The library: its layers from the bottom up, merged into one object, as libcoracle.so and libcoracle.a.
# SPDX-License-Identifier: Apache-2.0

find_path(CORACLE_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED DOC "libflatbuffers' headers")
set(coracle_sources "${PROJECT_SOURCE_DIR}/Sources")

include(cmake/Tailoring.cmake)
include(cmake/TailoredOperators.cmake)
include(cmake/TailoredFunctions.cmake)
include(cmake/TailoredAttributes.cmake)

# The arguments of coracle_embedded_swift_module() for the sources that are replaced.
foreach(module IN ITEMS modelfile kernels operators runtime tuned)
  set(coracle_${module}_sources)
  if(coracle_replaced_${module})
    list(JOIN coracle_replaced_${module} "|" pattern)
    string(REPLACE "." "[.]" pattern "${pattern}")
    set(coracle_${module}_sources EXCLUDE "/(${pattern})$" ADD ${coracle_written_${module}})
  endif()
endforeach()

# The layers in C and C++. Nothing of the C++ runtime: libflatbuffers' verifier is plain code in headers.
file(GLOB coracle_platform_sources CONFIGURE_DEPENDS "${coracle_sources}/Platform/*.c")
add_library(coracle_platform OBJECT ${coracle_platform_sources} "${coracle_verifier}")
target_include_directories(coracle_platform PRIVATE
  "${coracle_sources}/Platform/include" "${coracle_sources}/ModelFile/Verifier/include" "${CORACLE_FLATBUFFERS_INCLUDE}")
target_compile_definitions(coracle_platform PRIVATE NDEBUG)
# Nothing unwinds through the library: its Swift has no tables for that.
target_compile_options(coracle_platform PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections -fvisibility=hidden
  -fno-asynchronous-unwind-tables -fno-unwind-tables
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
# What runs once a model or a session is compiled for size.
set(coracle_small_sources ${coracle_platform_sources} "${coracle_verifier}")
list(FILTER coracle_small_sources EXCLUDE REGEX "/team[.]c$")
set_source_files_properties(${coracle_small_sources} PROPERTIES COMPILE_OPTIONS -Os)
set_target_properties(coracle_platform PROPERTIES POSITION_INDEPENDENT_CODE ON
  C_STANDARD 11 CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON)

# An object beside the merged one, so that a static program takes it, and with it the dynamic loader, only where it loads backends.
add_library(coracle_backend_loading OBJECT "${coracle_sources}/Backends/Loading/backend_load.c")
target_include_directories(coracle_backend_loading PRIVATE "${PROJECT_SOURCE_DIR}/include")
target_compile_options(coracle_backend_loading PRIVATE -Wall -Wextra -fvisibility=hidden)
set_target_properties(coracle_backend_loading PROPERTIES POSITION_INDEPENDENT_CODE ON C_STANDARD 11)

if(CORACLE_SANITIZE)
  target_compile_options(coracle_platform PRIVATE -fsanitize=address --param asan-globals=0 -fno-omit-frame-pointer)
endif()

if(CORACLE_OPENBLAS)
  find_path(CORACLE_OPENBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas openblas-pthread REQUIRED)
  find_library(CORACLE_OPENBLAS_LIBRARY openblas REQUIRED)
  target_compile_definitions(coracle_platform PRIVATE CORACLE_OPENBLAS)
  target_include_directories(coracle_platform PRIVATE "${CORACLE_OPENBLAS_INCLUDE}")
endif()

# The sets of vector instructions that the tuned backend is built for, each with the flags that allow them.
# The x86 ones are levels 3 and 4 of the x86-64 psABI; AArch64 has NEON in its baseline, 32-bit ARM where VFPv4's fused multiply-add is there too;
# float16 is Armv8.2's half precision.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(coracle_known_sets avx2 avx512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(coracle_known_sets neon float16)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^armv7.*$")
  set(coracle_known_sets neon)
else()
  set(coracle_known_sets)
endif()
set(CORACLE_INSTRUCTION_SETS "${coracle_known_sets}" CACHE STRING "Sets of vector instructions that the tuned kernels are built for; the machine chooses")
foreach(set IN LISTS CORACLE_INSTRUCTION_SETS)
  if(NOT set IN_LIST coracle_known_sets)
    message(FATAL_ERROR "CORACLE_INSTRUCTION_SETS: ${set} is none of: ${coracle_known_sets}")
  endif()
endforeach()
set(coracle_flags_avx2 -Xcc -march=x86-64-v3 -D CORACLE_AVX2 -D CORACLE_FMA)
set(coracle_flags_avx512 -Xcc -march=x86-64-v4 -D CORACLE_AVX512 -D CORACLE_FMA -D CORACLE_LANES_16)
if("avx2" IN_LIST CORACLE_INSTRUCTION_SETS)
  list(APPEND coracle_flags_avx512 -D CORACLE_BEFORE_AVX2)
endif()
set(coracle_flags_neon -D CORACLE_NEON -Xcc -mfpu=neon-vfpv4)
set(coracle_flags_float16 -D CORACLE_NEON -D CORACLE_FLOAT16 -Xcc -march=armv8.2-a+fp16)
# What the baseline has, as AArch64 has NEON, needs no modules of its own: the tuned backend shares its code with the generic one.
set(coracle_further_sets ${CORACLE_INSTRUCTION_SETS})
set(coracle_baseline_flags ${coracle_element_tailoring})
set(coracle_baseline_set OFF)
if("neon" IN_LIST CORACLE_INSTRUCTION_SETS AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  list(REMOVE_ITEM coracle_further_sets neon)
  list(APPEND coracle_baseline_flags -D CORACLE_NEON)
  set(coracle_baseline_set ON)
endif()

# The layers in Swift. They know nothing of OpenBLAS, so two builds can share their objects.
set(CORACLE_SWIFT_OBJECTS "" CACHE PATH "Folder of the Swift layers as another build of the same sources made them (its swift folder); empty: compile them")
set(coracle_objects)
if(CORACLE_SWIFT_OBJECTS)
  set(CoracleABI_OBJECT "${CORACLE_SWIFT_OBJECTS}/CoracleABI.o")
  foreach(set IN LISTS coracle_further_sets)
    list(APPEND coracle_objects "${CORACLE_SWIFT_OBJECTS}/tuned_${set}.o")
  endforeach()
else()
  set(coracle_modules "${PROJECT_SOURCE_DIR}/include" "${coracle_sources}/Platform/include" "${coracle_sources}/ModelFile/Verifier/include")
  coracle_embedded_swift_module(ModelFile "${coracle_sources}/ModelFile/Access" ${coracle_modelfile_sources} INCLUDES ${coracle_modules})
  coracle_embedded_swift_module(Tensors "${coracle_sources}/Tensors" INCLUDES ${coracle_modules} DEPENDS ModelFile)
  coracle_embedded_swift_module(Kernels "${coracle_sources}/Kernels" ${coracle_kernels_sources} FLAGS ${coracle_baseline_flags} INCLUDES ${coracle_modules}
    DEPENDS ModelFile Tensors)
  coracle_embedded_swift_module(Operators "${coracle_sources}/Operators" ${coracle_operators_sources} FLAGS ${coracle_baseline_flags} INCLUDES ${coracle_modules}
    DEPENDS ModelFile Tensors Kernels)
  coracle_embedded_swift_module(Runtime "${coracle_sources}/Runtime" ${coracle_runtime_sources} FLAGS ${coracle_runtime_tailoring} INCLUDES ${coracle_modules} DEPENDS ModelFile Tensors Operators)
  set(coracle_built_sets -D CORACLE_SHIPPED)
  foreach(set IN LISTS CORACLE_INSTRUCTION_SETS)
    string(TOUPPER "CORACLE_BUILT_${set}" define)
    list(APPEND coracle_built_sets -D ${define})
  endforeach()
  set(coracle_backends Runtime)
  if(coracle_baseline_set)
    coracle_embedded_swift_module(TunedCPU "${coracle_sources}/Backends/TunedCPU" ${coracle_tuned_sources}
      FLAGS ${coracle_baseline_flags} ${coracle_tuned_tailoring} INCLUDES ${coracle_modules} DEPENDS Tensors Operators)
    list(APPEND coracle_backends TunedCPU)
  endif()
  coracle_embedded_swift_module(Backends "${coracle_sources}/Backends" EXCLUDE "/(TunedCPU|KunlunSimulator)/" FLAGS ${coracle_built_sets}
    INCLUDES ${coracle_modules} DEPENDS ModelFile Tensors Operators ${coracle_backends})
  # For size: a quarter smaller, and no slower in whole networks. The kernels whose code depends on it ask for speed themselves.
  coracle_embedded_swift_module(CoracleABI "${coracle_sources}/CoracleABI" OBJECT FLAGS -Osize INCLUDES ${coracle_modules} DEPENDS Tensors Runtime Backends)
  foreach(set IN LISTS coracle_further_sets)
    set(common SET ${set} FLAGS -Osize -D CORACLE_FLOATS_ONLY ${coracle_tuned_tailoring} ${coracle_flags_${set}} INCLUDES ${coracle_modules})
    coracle_embedded_swift_module(Kernels "${coracle_sources}/Kernels" ${coracle_kernels_sources} ${common} DEPENDS ModelFile Tensors)
    coracle_embedded_swift_module(Operators "${coracle_sources}/Operators" ${coracle_operators_sources} ${common} DEPENDS ModelFile Tensors ${set}/Kernels)
    coracle_embedded_swift_module(TunedCPU "${coracle_sources}/Backends/TunedCPU" OBJECT ${coracle_tuned_sources} ${common} DEPENDS Tensors ${set}/Operators)
    file(CONFIGURE OUTPUT "${coracle_swift_modules}/tuned_${set}.txt" CONTENT "coracle_tuned_${set}\n")
    coracle_merge_objects("${coracle_swift_modules}/tuned_${set}.o" "${coracle_swift_modules}/tuned_${set}.txt" ${TunedCPU_${set}_OBJECT})
    list(APPEND coracle_objects "${coracle_swift_modules}/tuned_${set}.o")
  endforeach()
endif()

set(coracle_exports "${PROJECT_SOURCE_DIR}/cmake/exported-symbols.txt")
set(coracle_object "${CMAKE_CURRENT_BINARY_DIR}/coracle.o")
coracle_merge_objects("${coracle_object}" "${coracle_exports}" $<TARGET_OBJECTS:coracle_platform> ${CoracleABI_OBJECT} ${coracle_objects})
set_source_files_properties("${coracle_object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_custom_target(coracle_merged DEPENDS "${coracle_object}")
# Make knows no rule for another target's objects: they must be there before.
add_dependencies(coracle_merged coracle_platform)

# A version script that exports exactly the list.
file(STRINGS "${coracle_exports}" coracle_export_names REGEX "^coracle_")
list(JOIN coracle_export_names ";\n  " coracle_export_lines)
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/coracle.map" @ONLY
  CONTENT "CORACLE_0 {\n  global:\n  @coracle_export_lines@;\n  local: *;\n};\n")

foreach(kind IN ITEMS shared static)
  string(TOUPPER ${kind} type)
  add_library(coracle_${kind} ${type} "${coracle_object}" $<TARGET_OBJECTS:coracle_backend_loading>)
  add_dependencies(coracle_${kind} coracle_merged)
  set_target_properties(coracle_${kind} PROPERTIES OUTPUT_NAME coracle LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_include_directories(coracle_${kind} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/bindings/cpp> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
# The names that programs use, the same here and in the installed package.
set_target_properties(coracle_shared PROPERTIES EXPORT_NAME coracle)
add_library(Coracle::coracle ALIAS coracle_shared)
add_library(Coracle::coracle_static ALIAS coracle_static)

# What the library needs beside libc: the mathematics library, threads and the dynamic loader (both in libc since glibc 2.34), and OpenBLAS
# where it is on.
set(coracle_needs m pthread ${CMAKE_DL_LIBS})
if(CORACLE_OPENBLAS)
  list(APPEND coracle_needs openblas)
endif()
target_link_libraries(coracle_shared PRIVATE ${coracle_needs})
target_link_libraries(coracle_static INTERFACE ${coracle_needs})
if(CORACLE_SANITIZE)
  target_link_options(coracle_shared PUBLIC -fsanitize=address)
  target_link_options(coracle_static INTERFACE -fsanitize=address)
else()
  target_link_options(coracle_shared PRIVATE -Wl,-z,defs)
endif()
target_link_options(coracle_shared PRIVATE -Wl,-s -Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,--build-id
  "-Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/coracle.map")
set_target_properties(coracle_shared PROPERTIES LINK_DEPENDS "${coracle_exports}")

# Swift's lld keeps one of functions that came out the same in two backends, and leaves no gaps in the file where pages may be of 64 KB.
find_program(CORACLE_LLD ld.lld HINTS "${coracle_swift_directory}" DOC "LLVM's linker; without it the compiler's own links the library")
if(CORACLE_LLD AND NOT CORACLE_SANITIZE)
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/linker")
  file(CREATE_LINK "${CORACLE_LLD}" "${CMAKE_CURRENT_BINARY_DIR}/linker/ld.lld" SYMBOLIC)
  target_link_options(coracle_shared PRIVATE -fuse-ld=lld "-B${CMAKE_CURRENT_BINARY_DIR}/linker" -Wl,--gc-sections -Wl,--icf=all)
endif()

# Nothing newer than glibc 2.28: see glibc_symbols.c. There the functions lie in libpthread and libdl, so the library asks for these.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64|armv7.*)$")
  include(CheckCSourceCompiles)
  check_c_source_compiles("#include <features.h>\n#ifndef __GLIBC__\n#error\n#endif\nint main(void) { return 0; }" CORACLE_HAS_GLIBC)
  if(CORACLE_HAS_GLIBC)
    target_sources(coracle_shared PRIVATE "${PROJECT_SOURCE_DIR}/cmake/glibc_symbols.c")
    foreach(function IN ITEMS pthread_create pthread_join pthread_setaffinity_np pthread_getaffinity_np dlopen dlsym dlclose dlerror)
      target_link_options(coracle_shared PRIVATE -Wl,--wrap=${function})
    endforeach()
    target_link_options(coracle_shared PRIVATE -Wl,--push-state,--no-as-needed -l:libpthread.so.0 -l:libdl.so.2 -Wl,--pop-state)
  endif()
endif()
