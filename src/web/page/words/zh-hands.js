// 举手：中文。与 en-hands.js 的键相同。

export default {
  "hands.title": "举手",
  "hands.none": "现在没有人举手。",
};
