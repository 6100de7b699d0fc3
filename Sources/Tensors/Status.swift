// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The statuses of status.h as Swift's error type; raw values are the C values.
package enum Status: Int32, Error {
  case invalidArgument = 100
  case notFound = 101
  case invalidShape = 102
  case invalidType = 103
  case outOfRange = 104
  case outOfMemory = 200
  case overBudget = 201
  case io = 202
  case thread = 203
  case notAModel = 300
  case newerVersion = 301
  case corrupt = 302
  case invalidModel = 303
  case unsupported = 304
  case cancelled = 400
  case backendFailed = 401
  case `internal` = 500
}
