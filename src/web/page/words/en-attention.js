// English of what wants attention, and of rooms. The same keys as zh-attention.js.

export default {
  "calls.one": "{name} asks for help.",
  "calls.several": "{name} and {n} more ask for help.",
  "calls.title": "Calls for help",
  "sound.on": "Sound: on",
  "sound.off": "Sound: off",
  "rooms.new": "New room",
  "rooms.new.title": "Create a room",
  "rooms.new.body": "Everybody who may be here can join it.",
  "rooms.new.name": "Name: letters, digits, - and _",
  "rooms.new.yes": "Create",
  "rooms.new.wrong": "A name has 1 to 32 letters, digits, - and _.",
  "rooms.new.there": "There is a room of this name already.",
};
