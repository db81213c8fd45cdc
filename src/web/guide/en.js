// English words of the frame around /learn, /lab and /task; the same keys as zh.js.

export default {
  "guide.skip": "Skip to the text",
  "guide.nav": "Pages",
  "guide.chat": "Chat",
  "guide.learn": "Learn",
  "guide.lab": "Lab",
  "guide.task": "Tasks",
};
