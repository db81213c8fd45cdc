// English of the desk around its tabs, and of the first minutes of a teacher. The same keys as zh-desk.js.

export default {
  "rule.on": "on",
  "rule.off": "off",
  "rule.open": "open",
  "rule.closed": "closed",
  "door.title": "Door",

  "code.copy": "Copy the link",
  "code.copied": "Copied: {link}",
  "code.copied.not": "This browser does not let the page copy. The link is {link}",
  "code.picture": "QR code",
  "code.picture.title": "Join the class",
  "code.wall": "Open the wall",

  "people.find": "Find a person",
  "people.found": "{n} people found.",
  "people.found.one": "One person found.",
  "people.hands": "Hands · {n}",
  "people.here": "Here · {n}",
  "people.since": "since",
  "people.hand": "hand up, place",
  "people.lower.all": "Lower all",
  "people.anonymous": "Anonymous question",
  "people.alone": "People appear here as they join.",

  "foot.all": "Lesson ends for all {n}",
  "foot.everybody": "Lesson ends for everybody",

  "first.title": "The first three steps",
  "first.wall": "Put it on the wall",
  "first.copy": "Copy the link",
  "first.code.title": "Let people in",
  "first.code": "Show the code on the wall or on the board. All use the same network.",
  "first.hello.title": "Say hello",
  "first.hello": "Write the first message, and pin it: it stays on top.",
  "first.hello.act": "Write",
  "first.bits.title": "Show the bits",
  "first.bits": "Everybody sees the bytes that they really sent.",
  "first.bits.act": "Open the bits",
  "first.done": "done",
};
