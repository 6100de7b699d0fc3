// When things happen: a host that hands operators over one after the other, a device that runs them in order. SPDX-License-Identifier: Apache-2.0

/// An interval of the run on one unit.
package struct TimelineEvent: Sendable {
  package enum Lane: String, Codable, CaseIterable, Sendable { case host, pcie, sdnn, clusters, dma }

  package var lane: Lane
  package var device: Int
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
    /// Runs on the host: its inputs are copied there before and its outputs back, each of so many bytes.
    case host(seconds: Double, toHost: [Double], toDevice: [Double])
  }

  package var name: String
  package var place: Place
  /// The loop that it is in; neighbours in one loop are repeated together.
  package var loop: Int

  package init(name: String, place: Place, loop: Int = 0) {
    self.name = name
    self.place = place
    self.loop = loop
  }
}

/// Copies of tensors in one direction.
package struct Copies: Sendable, Equatable {
  package var count = 0
  package var bytes = 0.0
}

/// An in-order queue with the host's clock and the device's.
///
/// Host: h = h + operator time + launch time for each launch after the first. Device: d = max(d, h) + the operator's kernels. At the end the host waits for the device and copies the results. An
/// operator that runs on the host waits for the device, copies, computes and copies back. Several devices run the same operators on their parts of the
/// batch, handed over by one thread of the host in turn.
package struct CommandQueue {
  private let card: CardProfile
  private let host: HostProfile
  package private(set) var events: [TimelineEvent] = []
  /// Start of each operator on the unit that runs it, the start plus the time of all its runs, and how long the device stood still before them for the host.
  package private(set) var spans: [(start: Double, end: Double, waited: Double)] = []
  private var hostClock = 0.0
  private var deviceClocks: [Double]
  package private(set) var toHost = Copies()
  package private(set) var toDevice = Copies()

  package init(_ card: CardProfile, _ host: HostProfile, devices: Int = 1) {
    self.card = card
    self.host = host
    deviceClocks = Array(repeating: 0, count: max(devices, 1))
  }

  /// Runs `operators` from the copies of the inputs, of so many bytes each, to those of the outputs, those of a loop as often as `trips` says; gives the
  /// seconds of the whole.
  package mutating func run(_ operators: [QueuedOperator], trips: [Double] = [1], inputs: [Double], outputs: [Double]) -> Double {
    record(.host, 0, host.runMicroseconds * 1e-6, nil, "start of the run")
    hostClock = host.runMicroseconds * 1e-6
    for device in deviceClocks.indices {
      copy(inputs, \.toDevice, nil, "inputs to the device", device)
      deviceClocks[device] = hostClock
    }
    var first = 0
    while first < operators.count {
      let loop = operators[first].loop
      let end = operators[first...].firstIndex { $0.loop != loop } ?? operators.count
      run(operators, first..<end, trips: trips[loop])
      first = end
    }
    for device in deviceClocks.indices {
      wait(nil, device)
      copy(outputs, \.toHost, nil, "outputs to the host", device)
    }
    return hostClock
  }

  /// Runs neighbours of one loop `trips` times. The last of the first 64 trips stands for all that follow: by then what waits for what does not change.
  private mutating func run(_ operators: [QueuedOperator], _ range: Range<Int>, trips: Double) {
    let recorded = Int(min(trips, 64))
    if recorded == 0 { spans += range.map { _ in (hostClock, hostClock, 0) } }
    for _ in 0..<max(recorded - 1, 0) { for index in range { run(operators[index], index) } }
    guard recorded > 0 else { return }
    let before = self
    for index in range { run(operators[index], index) }
    extend(since: before, range, by: trips - Double(recorded))
  }

  /// Goes on for `trips` trips more as since `before`.
  private mutating func extend(since before: CommandQueue, _ range: Range<Int>, by trips: Double) {
    guard trips > 0 else { return }
    hostClock += (hostClock - before.hostClock) * trips
    for device in deviceClocks.indices { deviceClocks[device] += (deviceClocks[device] - before.deviceClocks[device]) * trips }
    for index in range {
      spans[index].end += (spans[index].end - before.spans[index].end) * trips
      spans[index].waited += (spans[index].waited - before.spans[index].waited) * trips
    }
    for direction in [\CommandQueue.toHost, \CommandQueue.toDevice] {
      let (now, then) = (self[keyPath: direction], before[keyPath: direction])
      self[keyPath: direction].count += Int(min(Double(now.count - then.count) * trips, 1e15))
      self[keyPath: direction].bytes += (now.bytes - then.bytes) * trips
    }
  }

  private mutating func run(_ item: QueuedOperator, _ index: Int) {
    switch item.place {
    case .device(let kernels):
      for device in deviceClocks.indices { enqueue(kernels, index, item.name, device) }
    case .host(let seconds, let inputs, let results):
      let start = hostClock
      for device in deviceClocks.indices {
        wait(index, device)
        copy(inputs, \.toHost, index, "\(item.name): to the host", device)
        let issue = host.operatorMicroseconds * 1e-6
        record(.host, hostClock, issue + seconds, index, item.name)
        hostClock += issue + seconds
        copy(results, \.toDevice, index, "\(item.name): to the device", device)
        deviceClocks[device] = hostClock
      }
      tell(index, start, hostClock, 0)
    }
  }

  /// Operator `index` has run from `start` to `end`.
  private mutating func tell(_ index: Int, _ start: Double, _ end: Double, _ waited: Double) {
    if index == spans.count { spans.append((start, start, 0)) }
    spans[index].end += end - start
    spans[index].waited += waited
  }

  private mutating func enqueue(_ kernels: [(kernel: Kernel, cost: KernelCost)], _ index: Int, _ name: String, _ device: Int) {
    let launches = kernels.reduce(0) { $0 + 1 + Double($1.kernel.unknownMaxima.count) }
    let issue = (host.operatorMicroseconds + host.launchMicroseconds * max(0, launches - 1)) * 1e-6
    record(.host, hostClock, issue, index, name)
    hostClock += issue
    let start = max(hostClock, deviceClocks[device])
    let waited = start - deviceClocks[device]
    deviceClocks[device] = start
    for (kernel, cost) in kernels {
      var clock = deviceClocks[device] + cost.gapSeconds
      record(.clusters, clock, cost.maximaSeconds, index, "\(name): finding maxima", device)
      clock += cost.maximaSeconds
      if case .product = kernel.work {
        record(.sdnn, clock, cost.computeSeconds, index, name, device)
      } else {
        record(.clusters, clock, cost.computeSeconds, index, name, device)
      }
      record(.dma, clock, max(cost.globalSeconds, cost.l3Seconds), index, name, device)
      deviceClocks[device] += cost.seconds
    }
    if device == 0 { tell(index, start, deviceClocks[device], waited) }
  }

  private mutating func wait(_ index: Int?, _ device: Int) {
    let end = max(hostClock, deviceClocks[device]) + card.synchroniseMicroseconds * 1e-6
    record(.host, hostClock, end - hostClock, index, "waiting for the device")
    hostClock = end
  }

  /// Copies tensors one after the other.
  private mutating func copy(_ tensors: [Double], _ direction: WritableKeyPath<CommandQueue, Copies>, _ index: Int?, _ name: String, _ device: Int) {
    for bytes in tensors {
      let seconds = card.pcieLatencyMicroseconds * 1e-6 + bytes / card.pcieBandwidth
      record(.pcie, hostClock, seconds, index, name, device)
      hostClock += seconds
      self[keyPath: direction].count += 1
      self[keyPath: direction].bytes += bytes
    }
  }

  private mutating func record(_ lane: TimelineEvent.Lane, _ start: Double, _ duration: Double, _ index: Int?, _ name: String, _ device: Int = 0) {
    if duration > 0 { events.append(TimelineEvent(lane: lane, device: device, start: start, duration: duration, index: index, name: name)) }
  }
}
