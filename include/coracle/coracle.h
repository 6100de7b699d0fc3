/* SPDX-License-Identifier: Apache-2.0 */
/** @mainpage The C interface
 *
 * Coracle runs trained neural networks on small computers. In five calls:
 *
 *     coracle_error error = CORACLE_ERROR_INIT;
 *     coracle_model *model = NULL;
 *     coracle_session *session = NULL;
 *     coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
 *
 *     coracle_model_open_file("digits.coracle", NULL, &model, &error);
 *     coracle_session_create(model, NULL, &session, &error);
 *     coracle_session_input(session, 0, &input, &error);      // write pixels to input.data
 *     coracle_session_run(session, &error);
 *     coracle_session_output(session, 0, &output, &error);    // read scores from output.data
 *
 * The nouns, a header each:
 *  - @ref model
 *  - @ref session
 *  - @ref tensor
 *  - @ref profile
 *  - @ref status
 *  - @ref callbacks
 *  - @ref backend
 *  - @ref kunlun
 *  - @ref version
 *
 * Conventions, everywhere:
 *  - A function that can fail returns a coracle_status; 0 is success. When a `coracle_error *` is passed, a failure
 *    leaves there the same status and one English sentence. NULL is allowed.
 *  - On failure every other output argument is untouched.
 *  - Output arguments stand last, before the error. Destroy functions accept NULL.
 *  - Option structs start with `struct_size`; initialise them with their _INIT macro.
 *  - No function prints, exits, aborts or keeps global or thread-local state, but for the number of runs in progress, by which
 *    sessions share the processors.
 *  - A `const coracle_model *` may be used by any number of threads at once; a `coracle_session *` by one at a time,
 *    except for coracle_session_cancel().
 */
#ifndef CORACLE_CORACLE_H
#define CORACLE_CORACLE_H

#include "export.h"
#include "status.h"
#include "callbacks.h"
#include "tensor.h"
#include "profile.h"
#include "backend.h"
#include "model.h"
#include "session.h"

#endif
