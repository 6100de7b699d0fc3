# coracle_add_model(): converts a model when a program is built, and puts it beside the program or into it.
# SPDX-License-Identifier: Apache-2.0
include_guard(GLOBAL)
# A target's folder can be named without depending on the target: CMake 3.20.
cmake_policy(VERSION 3.22)

# coracle_add_model(TARGET MODEL [NAME name] [PROFILE profile] [INPUT_SHAPE name=1,3,224,224...] [PARAMS file] [DESTINATION folder] [EMBED])
#
# Makes NAME.coracle (NAME is the file's name without its ending, unless given) of MODEL, which is what `coracle convert` reads, or a .coracle
# file, which is taken as it is. PROFILE, INPUT_SHAPE and PARAMS are the options of `coracle convert`. The tool is found on PATH, or by the cache
# variable CORACLE_TOOL; when cross-compiling it is the build machine's.
#
# Without EMBED the file lies beside the program; DESTINATION installs it there, below the prefix.
# With EMBED the file is in the program: #include "NAME_model.h" declares
#   const unsigned char NAME_model[];  /* aligned to 64 bytes, for coracle_model_open_memory() */
#   const size_t NAME_model_size;
# where characters of NAME that no identifier has are underscores.
function(coracle_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 argument "EMBED" "NAME;PROFILE;PARAMS;DESTINATION" "INPUT_SHAPE")
  if(argument_UNPARSED_ARGUMENTS OR argument_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "coracle_add_model: not understood: ${argument_UNPARSED_ARGUMENTS} ${argument_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "coracle_add_model: there is no target ${target}")
  endif()
  if(argument_EMBED AND argument_DESTINATION)
    message(FATAL_ERROR "coracle_add_model: an embedded model is installed with its program, DESTINATION is for files")
  endif()
  get_filename_component(model "${model}" ABSOLUTE)
  if(NOT argument_NAME)
    get_filename_component(argument_NAME "${model}" NAME_WLE)
  endif()
  set(file "${CMAKE_CURRENT_BINARY_DIR}/coracle_models/${target}/${argument_NAME}.coracle")
  get_filename_component(folder "${file}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")

  if(model MATCHES "\\.coracle$")
    if(argument_PROFILE OR argument_INPUT_SHAPE OR argument_PARAMS)
      message(FATAL_ERROR "coracle_add_model: ${model} is converted already, PROFILE, INPUT_SHAPE and PARAMS cannot change it")
    endif()
    add_custom_command(OUTPUT "${file}" COMMAND "${CMAKE_COMMAND}" -E copy "${model}" "${file}" DEPENDS "${model}" VERBATIM)
  else()
    find_program(CORACLE_TOOL coracle NO_CMAKE_FIND_ROOT_PATH DOC "The command-line tool, which converts models")
    if(NOT CORACLE_TOOL)
      message(FATAL_ERROR "coracle_add_model: the tool `coracle`, which converts ${model}, is not on PATH: set CORACLE_TOOL to its path")
    endif()
    set(options)
    set(sources "${model}")
    foreach(option IN ITEMS PROFILE PARAMS)
      if(argument_${option})
        string(TOLOWER "--${option}" word)
        if(option STREQUAL "PARAMS")
          get_filename_component(argument_PARAMS "${argument_PARAMS}" ABSOLUTE)
          list(APPEND sources "${argument_PARAMS}")
        endif()
        list(APPEND options ${word} "${argument_${option}}")
      endif()
    endforeach()
    foreach(shape IN LISTS argument_INPUT_SHAPE)
      list(APPEND options --input-shape "${shape}")
    endforeach()
    # The parameters of a Paddle model, which lie beside it.
    string(REGEX REPLACE "\\.(json|pdmodel)$" ".pdiparams" parameters "${model}")
    if(NOT parameters STREQUAL model AND EXISTS "${parameters}")
      list(APPEND sources "${parameters}")
    endif()
    add_custom_command(OUTPUT "${file}" COMMAND "${CORACLE_TOOL}" convert "${model}" -o "${file}" ${options}
      DEPENDS ${sources} COMMENT "Converting ${argument_NAME}" VERBATIM)
  endif()

  string(MAKE_C_IDENTIFIER "${argument_NAME}" identifier)
  if(argument_EMBED)
    # C where the project has it: assembler in C++ is the same text.
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if("C" IN_LIST languages)
      set(source "${folder}/${identifier}_model.c")
    else()
      set(source "${folder}/${identifier}_model.cpp")
    endif()
    set(words "-DMODEL=${file}" "-DIDENTIFIER=${identifier}_model" "-DSOURCE=${source}")
    add_custom_command(OUTPUT "${source}" COMMAND "${CMAKE_COMMAND}" ${words} -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedModel.cmake"
      DEPENDS "${file}" "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedModel.cmake" VERBATIM)
    file(CONFIGURE OUTPUT "${folder}/${identifier}_model.h" CONTENT
"/* The model @argument_NAME@, embedded by coracle_add_model(). */
#ifndef CORACLE_MODEL_@identifier@
#define CORACLE_MODEL_@identifier@
#include <stddef.h>
#ifdef __cplusplus
extern \"C\" {
#endif
extern const unsigned char @identifier@_model[];
extern const size_t @identifier@_model_size;
#ifdef __cplusplus
}
#endif
#endif
" @ONLY)
    # The compiler sees no path of the model: a change of it must make the object anew.
    set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${file}")
    target_sources(${target} PRIVATE "${source}")
    target_include_directories(${target} PRIVATE "${folder}")
  else()
    string(MAKE_C_IDENTIFIER "${target}_${argument_NAME}_model" step)
    add_custom_target(${step} ALL
      COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${file}" "$<TARGET_FILE_DIR:${target}>/${argument_NAME}.coracle"
      DEPENDS "${file}" VERBATIM)
    add_dependencies(${target} ${step})
    if(argument_DESTINATION)
      install(FILES "${file}" DESTINATION "${argument_DESTINATION}")
    endif()
  endif()
endfunction()
