/* What coracle_backend_load() finds in libcoracle_kunlun: the simulator with the options of CORACLE_KUNLUN_OPTIONS_INIT.
 * SPDX-License-Identifier: Apache-2.0 */
#include <coracle/kunlun.h>

/* In Swift, in ../Backend/KunlunBackend.swift. */
coracle_status coracle_kunlun_supports(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support);
coracle_status coracle_kunlun_prepare(void *user_data, const coracle_node *node, void **prepared, coracle_error *error);
void coracle_kunlun_destroy(void *user_data, void *prepared);
coracle_status coracle_kunlun_execute(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error);
coracle_status coracle_kunlun_pack(void *user_data, const coracle_node *node, const coracle_packing *packing, void *packed, coracle_error *error);

/* No user data stands for the default options. */
static const coracle_backend table = {CORACLE_BACKEND_VERSION, 0,    "kunlun", NULL, coracle_kunlun_supports, coracle_kunlun_prepare,
                                      coracle_kunlun_execute,  coracle_kunlun_destroy, coracle_kunlun_pack};

CORACLE_API const coracle_backend *coracle_backend_table(void);

const coracle_backend *coracle_backend_table(void) { return &table; }
