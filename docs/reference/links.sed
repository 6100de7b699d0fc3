# For doxygen: makes a link of each of the library's names in a comment, so that a name that does not exist is a warning. Names in `code` and
# in "quotes" stay as they are, and so do the lines of an example, which are indented.
# SPDX-License-Identifier: Apache-2.0
/^ \*     /b
:again
s/^((.*\/\*\*<?| +\*)([^`"]|`[^`]*`|"[^"]*")*[^#`"A-Za-z0-9_])((coracle|CORACLE)_[A-Za-z0-9_]*[A-Za-z0-9])\>/\1#\4/
t again
