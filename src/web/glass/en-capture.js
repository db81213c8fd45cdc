// English of a capture for Wireshark. The same keys as zh-capture.js.

export default {
  "glass.pcapng.save": "Save .pcapng",
  "glass.pcapng.why": "A capture that Wireshark opens. Where the payload of a frame was not recorded in full, the packet says so.",
  "glass.pcapng.comment": "This is what the protocol view recorded: one packet for each frame, in the order in which the server read and wrote them, with the times of the server. It did not listen to a network interface. The addresses, the ports, the borders of TCP segments, their numbers and acknowledgements are made up, and TCP's opening and its packets without bytes are left out. A packet that is captured in part has bytes that were not recorded; the checksum of its TCP segment is 0. Behind the handshake the sequence numbers jump by {n}, because nobody recorded what passed before the view was opened. Any other gap stands for frames that were not recorded.",
  "glass.pcapng.handshake": "The handshake of connection {id} of {name}. It was over before the view was opened; its time was not recorded.",
  "glass.pcapng.blanked": "Secrets are replaced by asterisks.",
  "glass.pcapng.head": "{kept} of {all} bytes are shown.",
  "glass.pcapng.frame.client": "Frame {number} of the client on connection {id}.",
  "glass.pcapng.frame.server": "Frame {number} of the server on connection {id}.",
  "glass.pcapng.cut": "{kept} of {all} bytes of its payload were recorded.",
  "glass.pcapng.over": "The connection ended before the rest of the frame had come.",
  "glass.pcapng.fin": "The end of TCP on connection {id}, as the server saw it.",
  "glass.pcapng.reset": "The reset of TCP on connection {id}, as the server saw it.",
};
