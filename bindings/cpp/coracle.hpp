// SPDX-License-Identifier: Apache-2.0
/// Coracle for C++17: owners of the C library's handles, and results instead of error arguments.
///
///   auto model = coracle::model::open_file("digits.coracle");
///   if (!model) return complain(model.error());
///   auto session = coracle::session::create(*model);
///
/// or, where exceptions are on, value() gives the value or throws coracle::error:
///
///   auto session = coracle::session::create(coracle::model::open_file("digits.coracle").value()).value();
///   session.resize_input(0, {1, 1, 8, 8}).value();
///   for (float &pixel : session.input(0).value().elements<float>().value()) pixel = next_pixel();
///   session.run().value();
///   auto scores = session.output(0).value().elements<const float>().value();
///
/// Conventions, everywhere:
///  - A name is that of the C function or field; what is not said here is said there.
///  - Handles are owned, moved and never copied. A moved-from object holds nothing: its functions fail with
///    CORACLE_INVALID_ARGUMENT, its counts are 0.
///  - Models and sessions can end in any order. A tensor is a view: it owns nothing and ends with what it looks at.
///  - An exception that leaves a log, profile or cancel function of the caller does not cross the C library: it ends
///    the run and is thrown again by the C++ function that was called. Allocators and backends are tables of C
///    functions and must not throw.
///  - Built with -fno-exceptions the functions are the same without value(), in a namespace of their own, so that both
///    kinds of object files can be linked into one program.
#ifndef CORACLE_HPP
#define CORACLE_HPP

#include "coracle/result.hpp"
#include "coracle/tensor.hpp"
#include "coracle/callbacks.hpp"
#include "coracle/profile.hpp"
#include "coracle/backend.hpp"
#include "coracle/model.hpp"
#include "coracle/session.hpp"

#endif
