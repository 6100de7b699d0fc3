# Compiles a Swift module as Embedded Swift to one object, and merges objects so that only chosen symbols stay visible.
# SPDX-License-Identifier: Apache-2.0

find_program(CORACLE_SWIFTC swiftc REQUIRED DOC "The Swift compiler, 6.3 or later")
get_filename_component(coracle_swift_directory "${CORACLE_SWIFTC}" REALPATH)
get_filename_component(coracle_swift_directory "${coracle_swift_directory}" DIRECTORY)
find_program(CORACLE_OBJCOPY NAMES llvm-objcopy objcopy HINTS "${coracle_swift_directory}" REQUIRED
  DOC "llvm-objcopy, or one that understands --keep-global-symbols")

set(coracle_swift_modules "${CMAKE_CURRENT_BINARY_DIR}/swift")
file(MAKE_DIRECTORY "${coracle_swift_modules}")

# Without the stack protector and with sections, what no exported function reaches can be dropped at the merge.
set(coracle_swift_flags
  -enable-experimental-feature Embedded
  -enable-experimental-feature CImplementation
  -swift-version 5 -wmo -parse-as-library -O
  -package-name coracle
  -Xfrontend -function-sections
  -Xfrontend -disable-stack-protector)
# This turns a heap allocation anywhere in the runtime into a compile error. On 32-bit processors it also finds the arrays in the standard
# library's general conversions of 64-bit integers, which optimised code does not call; there the sources are what the other builds have checked.
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 4)
  list(APPEND coracle_swift_flags -no-allocations)
endif()
if(CORACLE_SWIFT_TARGET)
  list(APPEND coracle_swift_flags -target ${CORACLE_SWIFT_TARGET})
endif()
# Globals are left unwatched: their registration does not survive the merge.
set(coracle_swift_code_flags)
if(CORACLE_SANITIZE)
  set(coracle_swift_code_flags -sanitize=address -Xllvm -asan-globals=0)
endif()

# coracle_embedded_swift_module(NAME SOURCE_DIRECTORY [OBJECT] [SET name] [FLAGS FLAG...] [EXCLUDE REGEX] [ADD FILE...] [DEPENDS MODULE...] [INCLUDES DIRECTORY...])
#
# Makes <NAME>.swiftmodule in the build folder from every .swift file under SOURCE_DIRECTORY but those that EXCLUDE matches, and from ADD. An Embedded Swift module carries its code
# with it, and the module that is asked for an OBJECT generates the machine code of all that it reaches in the modules below:
# only the topmost needs one. Sets <NAME>_OBJECT in the caller's scope then.
#
# With SET, the module is one of those that are compiled once more for a set of instructions, with FLAGS: it lies in a folder of that
# name, where it finds its like before the baseline's, and <NAME>_<SET>_OBJECT is set. DEPENDS in that folder are written SET/MODULE.
function(coracle_embedded_swift_module name directory)
  cmake_parse_arguments(module "OBJECT" "SET;EXCLUDE" "ADD;DEPENDS;INCLUDES;FLAGS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${directory}/*.swift")
  if(module_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${module_EXCLUDE}")
  endif()
  list(APPEND sources ${module_ADD})
  set(folder "${coracle_swift_modules}")
  set(label "${name}")
  set(includes)
  if(module_SET)
    string(APPEND folder "/${module_SET}")
    file(MAKE_DIRECTORY "${folder}")
    set(label "${name}_${module_SET}")
    set(includes -I "${folder}")
  endif()
  set(object)
  set(code)
  if(module_OBJECT)
    set(object "${folder}/${name}.o")
    set(code ${coracle_swift_code_flags} -c -o "${object}")
    set(${label}_OBJECT "${object}" PARENT_SCOPE)
  endif()
  set(interface "${folder}/${name}.swiftmodule")

  list(APPEND includes -I "${coracle_swift_modules}")
  set(headers)
  foreach(include IN LISTS module_INCLUDES)
    list(APPEND includes -I "${include}" -Xcc "-I${include}")
    file(GLOB_RECURSE found CONFIGURE_DEPENDS "${include}/*.h" "${include}/*.modulemap")
    list(APPEND headers ${found})
  endforeach()
  set(interfaces)
  foreach(dependency IN LISTS module_DEPENDS)
    list(APPEND interfaces "${coracle_swift_modules}/${dependency}.swiftmodule")
  endforeach()

  # swiftc leaves an object alone when the code is the same, even where its flags differ: the old one goes first.
  add_custom_command(
    OUTPUT ${object} "${interface}"
    COMMAND "${CMAKE_COMMAND}" -E rm -f ${object} "${interface}"
    COMMAND "${CORACLE_SWIFTC}" ${coracle_swift_flags} ${module_FLAGS} ${includes} -module-name ${name}
            -emit-module -emit-module-path "${interface}" ${code} ${sources}
    DEPENDS ${sources} ${headers} ${interfaces}
    COMMENT "Embedded Swift module ${label}"
    VERBATIM)
endfunction()

# coracle_merge_objects(OUTPUT EXPORTS_FILE OBJECT...)
#
# Links objects into one relocatable object, drops what no export reaches, and makes every symbol that EXPORTS_FILE does not
# list local. Raw Embedded Swift objects carry weak swift_retain and friends that would replace those of a Swift host, and those of an
# instruction set would replace the baseline's: each such object is merged by itself first.
function(coracle_merge_objects output exports_file)
  file(STRINGS "${exports_file}" exports REGEX "^coracle_")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${exports_file}")
  set(roots)
  foreach(symbol IN LISTS exports)
    list(APPEND roots -u ${symbol})
  endforeach()
  get_filename_component(name "${output}" NAME)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_LINKER}" -r --gc-sections ${roots} -o "${output}.all" ${ARGN}
    COMMAND "${CORACLE_OBJCOPY}" "--keep-global-symbols=${exports_file}" --strip-unneeded "${output}.all" "${output}"
    DEPENDS ${ARGN} "${exports_file}"
    COMMAND_EXPAND_LISTS
    COMMENT "Merging into ${name}"
    VERBATIM)
endfunction()
