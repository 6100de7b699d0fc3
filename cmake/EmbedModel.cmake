# Writes the source that puts a file into a program: cmake -DMODEL=… -DIDENTIFIER=… -DSOURCE=… -P EmbedModel.cmake
# SPDX-License-Identifier: Apache-2.0
# The assembler reads the file itself, in a moment; an array in C would take a compiler seconds and gigabytes.
cmake_policy(VERSION 3.22)
file(SIZE "${MODEL}" size)
string(REPLACE "\\" "\\\\" path "${MODEL}")
string(REPLACE "\"" "\\\"" path "${path}")
file(CONFIGURE OUTPUT "${SOURCE}" CONTENT "/* Made by coracle_add_model(). */
#include <stddef.h>
#ifdef __cplusplus
extern \"C\" {
#endif
extern const unsigned char @IDENTIFIER@[];
extern const size_t @IDENTIFIER@_size;
__asm__(
    \".pushsection .rodata\\n\"
    \".balign 64\\n\"
    \".globl @IDENTIFIER@\\n\"
    \".type @IDENTIFIER@, %object\\n\"
    \".size @IDENTIFIER@, @size@\\n\"
    \"@IDENTIFIER@:\\n\"
    \".incbin \\\"@path@\\\"\\n\"
    \".popsection\\n\");
const size_t @IDENTIFIER@_size = @size@;
#ifdef __cplusplus
}
#endif
" @ONLY)
