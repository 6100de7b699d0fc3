// SPDX-License-Identifier: Apache-2.0
import CKunlun

/// What a simulated card has done besides computing; property names are the keys of the JSON form.
struct KunlunCounts: Encodable {
  /// Tensors that were copied, inputs and outputs of the model included.
  let copiesToDevice, bytesToDevice, copiesToHost, bytesToHost: UInt64
  let maximaFound, maximaLinked: UInt64

  init(_ counts: coracle_kunlun_counts) {
    (copiesToDevice, bytesToDevice) = (counts.copies_to_device, counts.bytes_to_device)
    (copiesToHost, bytesToHost) = (counts.copies_to_host, counts.bytes_to_host)
    (maximaFound, maximaLinked) = (counts.maxima_found, counts.maxima_linked)
  }

  /// Two lines for reports.
  var text: String {
    """
      copies to the card: \(copiesToDevice), \(byteText(bytesToDevice)); to the host: \(copiesToHost), \(byteText(bytesToHost))
      maxima of products' operands from the operators that wrote them: \(maximaLinked); by a pass: \(maximaFound)
    """
  }
}
