// English of the wall. The same keys as zh-wall.js.

export default {
  "wall.open": "Wall",
  "wall.only": "The wall opens in a window of its own. Allow pop-up windows for this page.",
  "wall.join": "How to join",
  "wall.at": "Join at",
  "wall.code": "Class code",
  "wall.shut": "The door is closed.",
  "wall.between": "No lesson is running.",
  "wall.picture": "QR code of {address} with the class code",
  "wall.local": "To show the address here, open Glassroom by the network address of this computer.",
  "wall.exit": "Leave the wall",
  "wall.quiet": "quiet",
  "wall.here": "{n} here",
  "wall.hands.one": "{n} hand up",
  "wall.hands": "{n} hands up",
  "wall.again": "This wall is closed. Open it again from the teacher’s page.",
};
