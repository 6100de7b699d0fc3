// Written by scripts/generate_profiles.py from edge-profiles/*.json. Do not edit.
// SPDX-License-Identifier: Apache-2.0

/// Those of the stock profiles that have anchors, by name.
let stockCalibrations: [String: Calibration] = [
  "raspberry-pi-3b": Calibration(computePercent: 94, bandwidth: 500000000),
  "raspberry-pi-4": Calibration(computePercent: 128, bandwidth: 900000000),
  "raspberry-pi-5": Calibration(computePercent: 124, bandwidth: 3100000000),
  "raspberry-pi-zero-2w": Calibration(computePercent: 102, bandwidth: 200000000),
  "rk3399": Calibration(computePercent: 116, bandwidth: 1300000000),
  "rk3568": Calibration(computePercent: 180, bandwidth: 800000000),
  "rk3588": Calibration(computePercent: 102, bandwidth: 4000000000),
]
