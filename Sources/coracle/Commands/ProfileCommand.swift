// coracle profile. SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CCoracle
import Foundation

/// Hardware profiles: lists them, shows one, describes this machine, checks a file.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "List the stock hardware profiles, show one, describe this machine, check a file.",
    discussion: """
        coracle profile list
        coracle profile show rk3588
        coracle profile detect -o my-board.json
        coracle profile check my-board.json

      A profile says what a run is sized by: cores, caches, memory, backends. Its file is JSON; docs/profiles.md describes the fields.
      """,
    subcommands: [List.self, Show.self, Detect.self, Check.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the names of the profiles that the library carries.")

    func run() throws { for name in stockProfileNames() { print(name) } }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a profile as JSON.")
    @Argument(help: "A stock profile's name, a JSON file, or 'native': this machine.")
    var profile: String

    func run() throws { try printJSON(ProfileDocument(try hardwareProfile(profile))) }
  }

  struct Detect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Describe this machine: cores by type, caches, memory, instructions. Its memory's bandwidth is not measured.")
    @Option(name: .short, help: ArgumentHelp("Write to this file instead of the output; the profile is called as the file.", valueName: "file.json"))
    var output: String?

    func run() throws {
      let profile = try hardwareProfile("native")
      guard let output else { return try printJSON(ProfileDocument(profile)) }
      let url = URL(fileURLWithPath: output)
      let name = url.deletingPathExtension().lastPathComponent
      var text = try jsonText(ProfileDocument(profile, name: name))
      text.append("\n")
      do {
        try Data(text.utf8).write(to: url, options: .atomic)
      } catch {
        throw Failure("cannot write '\(output)': \(reason(error))")
      }
      _ = try hardwareProfile(url.path)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check a profile's file: exit code 0, or 1 with the line and field that are wrong. Unknown fields are warned of.")
    @Argument(help: ArgumentHelp("The file.", valueName: "file.json"))
    var file: String

    func run() throws {
      let path = file.contains("/") ? file : "./" + file
      let profile = ProfileDocument(try hardwareProfile(path))
      print("\(file): '\(profile.name)', \(profile.coreCount) cores, \(profile.threadCount) threads, backends \(profile.backends.joined(separator: ", "))")
    }
  }
}
