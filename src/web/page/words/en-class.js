// English of the tools of those who lead the class. The same keys as zh-class.js.

export default {
  "class.title": "Class",
};
