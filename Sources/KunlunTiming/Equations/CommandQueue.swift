// When things happen: a host that hands operators over one after the other, a device that runs them in order. SPDX-License-Identifier: Apache-2.0

/// An interval of the run on one unit.
package struct TimelineEvent: Sendable {
  package enum Lane: String, Codable, CaseIterable, Sendable { case host, pcie, sdnn, clusters, dma }

  package var lane: Lane
  package var start: Double
  package var duration: Double
  /// The operator's place in the program; nil for the copies and the wait around all of them.
  package var index: Int?
  package var name: String
}

/// An operator as the queue sees it.
package struct QueuedOperator: Sendable {
  package enum Place: Sendable {
    case device([(kernel: Kernel, cost: KernelCost)])
    /// Runs on the host: its inputs are copied there before and its outputs back.
    case host(seconds: Double, bytesToHost: Double, bytesToDevice: Double)
  }

  package var name: String
  package var place: Place

  package init(name: String, place: Place) {
    self.name = name
    self.place = place
  }
}

/// An in-order queue with the host's clock and the device's.
///
/// Host: h = h + operator time. Device: d = max(d, h) + the operator's kernels. At the end the host waits for the device and copies the results. An
/// operator that runs on the host waits for the device, copies, computes and copies back.
package struct CommandQueue {
  private let card: CardProfile
  private let host: HostProfile
  package private(set) var events: [TimelineEvent] = []
  /// Start and end of each operator on the unit that runs it, and how long the device stood still before it for the host.
  package private(set) var spans: [(start: Double, end: Double, waited: Double)] = []
  private var hostClock = 0.0
  private var deviceClock = 0.0
  package private(set) var pcieBytes = 0.0

  package init(_ card: CardProfile, _ host: HostProfile) {
    self.card = card
    self.host = host
  }

  /// Runs `operators` from the copy of `inputBytes` to that of `outputBytes`; gives the seconds of the whole.
  package mutating func run(_ operators: [QueuedOperator], inputBytes: Double, outputBytes: Double) -> Double {
    record(.host, 0, host.runMicroseconds * 1e-6, nil, "start of the run")
    hostClock = host.runMicroseconds * 1e-6
    copy(inputBytes, nil, "inputs to the device")
    deviceClock = hostClock
    for (index, item) in operators.enumerated() {
      switch item.place {
      case .device(let kernels): enqueue(kernels, index, item.name)
      case .host(let seconds, let bytesToHost, let bytesToDevice):
        let start = max(hostClock, deviceClock)
        wait(index)
        copy(bytesToHost, index, "\(item.name): to the host")
        let issue = host.operatorMicroseconds * 1e-6
        record(.host, hostClock, issue + seconds, index, item.name)
        hostClock += issue + seconds
        copy(bytesToDevice, index, "\(item.name): to the device")
        deviceClock = hostClock
        spans.append((start, hostClock, 0))
      }
    }
    wait(nil)
    copy(outputBytes, nil, "outputs to the host")
    return hostClock
  }

  private mutating func enqueue(_ kernels: [(kernel: Kernel, cost: KernelCost)], _ index: Int, _ name: String) {
    record(.host, hostClock, host.operatorMicroseconds * 1e-6, index, name)
    hostClock += host.operatorMicroseconds * 1e-6
    let waited = max(0, hostClock - deviceClock)
    deviceClock += waited
    let start = deviceClock
    for (kernel, cost) in kernels {
      var clock = deviceClock + cost.gapSeconds
      record(.clusters, clock, cost.maximaSeconds, index, "\(name): finding maxima")
      clock += cost.maximaSeconds
      if case .product = kernel.work { record(.sdnn, clock, cost.computeSeconds, index, name) } else { record(.clusters, clock, cost.computeSeconds, index, name) }
      record(.dma, clock, max(cost.globalSeconds, cost.l3Seconds), index, name)
      deviceClock += cost.seconds
    }
    spans.append((start, deviceClock, waited))
  }

  private mutating func wait(_ index: Int?) {
    let end = max(hostClock, deviceClock) + card.synchroniseMicroseconds * 1e-6
    record(.host, hostClock, end - hostClock, index, "waiting for the device")
    hostClock = end
  }

  private mutating func copy(_ bytes: Double, _ index: Int?, _ name: String) {
    let seconds = card.pcieLatencyMicroseconds * 1e-6 + bytes / card.pcieBandwidth
    record(.pcie, hostClock, seconds, index, name)
    hostClock += seconds
    pcieBytes += bytes
  }

  private mutating func record(_ lane: TimelineEvent.Lane, _ start: Double, _ duration: Double, _ index: Int?, _ name: String) {
    if duration > 0 { events.append(TimelineEvent(lane: lane, start: start, duration: duration, index: index, name: name)) }
  }
}
