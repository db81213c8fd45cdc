// English of what comes with the rest of the page and belongs to no feature alone. The same keys as zh-later.js.

export default {
  "people.away": "away",
  "attendance.came.again": "since {time}, first {first}",
  "found.asked": "Questions and polls are found as far back as the messages are loaded here.",
  "more.lines": "{n} more lines",
  "more.lines.one": "1 more line",
  "name.numbered": "Somebody called {asked} is here already, so you are {name}. If that is you on another device, both go on.",
  "name.kept": "The name {asked} is kept for whoever had it before or has it by a link, so you are {name}.",
  "first.title.room": "The first steps in this room",
};
