// English of messages that wait for approval, and of clearing messages. The same keys as zh-approvals.js.

export default {
  "approvals.title": "Approve",
  "approvals.none": "No message waits for approval.",
};
