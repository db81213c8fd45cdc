// 待审消息和清除消息：中文。与 en-approvals.js 的键相同。

export default {
  "approvals.title": "待审",
  "approvals.none": "没有等待审核的消息。",
};
