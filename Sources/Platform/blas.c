/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"

#ifdef CORACLE_OPENBLAS
#include <cblas.h>

int platform_has_blas(void) { return 1; }

int platform_blas_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                       float beta, float *c, int ldc) {
  /* The team divides the work; OpenBLAS's own threads would fight with it. */
  if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb,
              beta, c, ldc);
  return 1;
}
#else
int platform_has_blas(void) { return 0; }

int platform_blas_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                       float beta, float *c, int ldc) {
  (void)transpose_a, (void)transpose_b, (void)m, (void)n, (void)k, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc;
  return 0;
}
#endif
