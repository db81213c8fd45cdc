// 私信和举报：中文。与 en-private.js 的键相同。

export default {
  "private.title": "私信",
  "private.none": "还没有私信。",
};
