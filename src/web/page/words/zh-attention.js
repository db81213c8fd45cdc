// 提醒与房间的中文。键与 en-attention.js 相同。

export default {
  "calls.one": "{name} 在求助。",
  "calls.several": "{name} 等人在求助（另有 {n} 人）。",
  "calls.title": "求助",
  "sound.on": "提示音：开",
  "sound.off": "提示音：关",
  "rooms.new": "新建房间",
  "rooms.new.title": "新建房间",
  "rooms.new.body": "课上的人都可以加入。",
  "rooms.new.name": "名称：文字、数字、- 和 _",
  "rooms.new.yes": "新建",
  "rooms.new.wrong": "名称为 1 到 32 个文字、数字、- 或 _。",
  "rooms.new.there": "已经有这个名称的房间了。",
};
