// 课堂管理：中文。与 en-class.js 的键相同。

export default {
  "class.title": "课堂",
};
