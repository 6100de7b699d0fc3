# How the sources of a library for certain models are made from the stock ones: lines of switches are left out. SPDX-License-Identifier: Apache-2.0

# coracle_keep_cases(VARIABLE CALL LABELS): leaves out of VARIABLE, the text of a Swift source, the lines `case LABEL, LABEL…: CALL…` that have none of LABELS.
function(coracle_keep_cases variable call labels)
  string(REGEX MATCHALL " +case [^\n:]+: ${call}[^\n]*\n" lines "${${variable}}")
  set(kept "${${variable}}")
  foreach(line IN LISTS lines)
    set(is_kept OFF)
    foreach(label IN LISTS labels)
      string(FIND "${line}" " ${label}:" alone)
      string(FIND "${line}" " ${label}," among)
      if(NOT alone EQUAL -1 OR NOT among EQUAL -1)
        set(is_kept ON)
      endif()
    endforeach()
    if(NOT is_kept)
      string(REPLACE "${line}" "" kept "${kept}")
    endif()
  endforeach()
  set(${variable} "${kept}" PARENT_SCOPE)
endfunction()

# coracle_labels(OUTPUT NAME...): names of the schema as labels of Swift's cases, log_sum as .logSum.
function(coracle_labels output)
  set(labels)
  foreach(name IN LISTS ARGN)
    string(REGEX MATCHALL "_[a-z]" starts "${name}")
    foreach(start IN LISTS starts)
      string(TOUPPER "${start}" capital)
      string(REPLACE "_" "" capital "${capital}")
      string(REPLACE "${start}" "${capital}" name "${name}")
    endforeach()
    list(APPEND labels .${name})
  endforeach()
  set(${output} ${labels} PARENT_SCOPE)
endfunction()

# The text of a source, which is configured anew when that changes.
macro(coracle_read_source file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${coracle_sources}/${file}")
  file(READ "${coracle_sources}/${file}" text)
endmacro()

# Has the module `output` (modelfile, kernels, operators) compiled with TEXT in the place of FILE.
macro(coracle_write_source output file)
  get_filename_component(name "${file}" NAME)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/tailored/${name}" CONTENT "${text}" @ONLY)
  list(APPEND coracle_replaced_${output} "${name}")
  list(APPEND coracle_written_${output} "${CMAKE_CURRENT_BINARY_DIR}/tailored/${name}")
endmacro()

# Has `built`, the text of BuiltFunctions.swift, answer for TYPE with `labels`, of which SUBJECT is one.
macro(coracle_write_built type subject)
  list(JOIN labels ", " joined)
  string(REGEX REPLACE "(extension ${type} [^}]*)true" "\\1switch ${subject} { case ${joined}: true\n    default: false }" built "${built}")
endmacro()
