// English of raised hands. The same keys as zh-hands.js.

export default {
  "hands.title": "Hands",
  "hands.none": "No hand is up.",
};
