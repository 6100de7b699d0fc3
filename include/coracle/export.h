/** @defgroup version Versions: of the headers, and of the library that is linked */
/* Visibility and linkage too. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_EXPORT_H
#define CORACLE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CORACLE_EXTERN_C_BEGIN extern "C" {
#define CORACLE_EXTERN_C_END }
#else
#define CORACLE_EXTERN_C_BEGIN
#define CORACLE_EXTERN_C_END
#endif

#if defined(__GNUC__) || defined(__clang__)
#define CORACLE_API __attribute__((visibility("default")))
#else
#define CORACLE_API
#endif

CORACLE_EXTERN_C_BEGIN

/** @addtogroup version
 *  @{ */

#define CORACLE_VERSION_MAJOR 0        /**< Of this header; coracle_version() is the version of the library that is linked. */
#define CORACLE_VERSION_MINOR 1        /**< Of this header. */
#define CORACLE_VERSION_PATCH 0        /**< Of this header. */
#define CORACLE_VERSION_STRING "0.1.0" /**< The three of them. */

/** The version of the linked library, such as "0.1.0". Static storage, never NULL, any thread. */
CORACLE_API const char *coracle_version(void);

/** One line that describes the linked build: instruction set, OpenBLAS or not, and model-file version.
 *  Static storage, never NULL, any thread. */
CORACLE_API const char *coracle_build_description(void);

/** @} */

CORACLE_EXTERN_C_END

#endif
