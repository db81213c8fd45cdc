// English of private messages and reports. The same keys as zh-private.js.

export default {
  "private.title": "Private",
  "private.none": "There are no private messages yet.",
};
