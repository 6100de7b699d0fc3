// SPDX-License-Identifier: Apache-2.0
import Platform

/// Single instructions on whole vectors, where the target has them: see platform.h.
extension Lanes {
  #if CORACLE_LANES_16
  @inline(__always) func addingFused(_ a: Lanes, _ b: Lanes) -> Lanes { platform_float16_multiply_add(self, a, b) }
  @inline(__always) var root: Lanes { platform_float16_sqrt(self) }
  @inline(__always) var nearest: Lanes { platform_float16_round(self) }
  @inline(__always) var down: Lanes { platform_float16_floor(self) }
  @inline(__always) var up: Lanes { platform_float16_ceil(self) }
  @inline(__always) var towardZero: Lanes { platform_float16_truncate(self) }
  #else
  @inline(__always) func addingFused(_ a: Lanes, _ b: Lanes) -> Lanes { platform_float8_multiply_add(self, a, b) }
  @inline(__always) var root: Lanes { platform_float8_sqrt(self) }
  @inline(__always) var nearest: Lanes { platform_float8_round(self) }
  @inline(__always) var down: Lanes { platform_float8_floor(self) }
  @inline(__always) var up: Lanes { platform_float8_ceil(self) }
  @inline(__always) var towardZero: Lanes { platform_float8_truncate(self) }
  #endif
}
