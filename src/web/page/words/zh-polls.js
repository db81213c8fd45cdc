// 投票：中文。与 en-polls.js 的键相同。

export default {
  "polls.title": "投票",
  "polls.none": "还没有投票。",
};
