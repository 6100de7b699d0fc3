import KunlunTiming
struct SimulationPage {
  init(_ report: SimulationReport) {}
  func html() -> String { "" }
}
