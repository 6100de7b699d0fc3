// SPDX-License-Identifier: Apache-2.0
import Platform

/// Single instructions on whole vectors, where the target has them: see platform.h.
extension Lanes {
  #if CORACLE_LANES_16
  @_transparent func addingFused(_ a: Lanes, _ b: Lanes) -> Lanes { platform_float16_multiply_add(self, a, b) }
  @_transparent var root: Lanes { platform_float16_sqrt(self) }
  @_transparent var nearest: Lanes { platform_float16_round(self) }
  @_transparent var down: Lanes { platform_float16_floor(self) }
  @_transparent var up: Lanes { platform_float16_ceil(self) }
  @_transparent var towardZero: Lanes { platform_float16_truncate(self) }
  #else
  @_transparent func addingFused(_ a: Lanes, _ b: Lanes) -> Lanes { platform_float8_multiply_add(self, a, b) }
  @_transparent var root: Lanes { platform_float8_sqrt(self) }
  @_transparent var nearest: Lanes { platform_float8_round(self) }
  @_transparent var down: Lanes { platform_float8_floor(self) }
  @_transparent var up: Lanes { platform_float8_ceil(self) }
  @_transparent var towardZero: Lanes { platform_float8_truncate(self) }
  #endif
}
