// English of polls. The same keys as zh-polls.js.

export default {
  "polls.title": "Polls",
  "polls.none": "There is no poll yet.",
};
