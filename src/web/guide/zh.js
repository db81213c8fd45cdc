// 简体中文，/learn、/lab、/task 的页面框架；键与 en.js 相同。

export default {
  "guide.skip": "跳到正文",
  "guide.nav": "页面",
  "guide.chat": "聊天",
  "guide.learn": "教程",
  "guide.lab": "实验台",
  "guide.task": "练习",
};
