// 课堂面板的上下部分，以及老师最初的几步：中文。与 en-desk.js 的键相同。

export default {
  "rule.on": "开",
  "rule.off": "关",
  "rule.open": "开放",
  "rule.closed": "已停止",
  "door.title": "加入",

  "code.copy": "复制链接",
  "code.copied": "已复制：{link}",
  "code.copied.not": "这个浏览器不允许网页复制。链接是 {link}",
  "code.picture": "二维码",
  "code.picture.title": "加入课堂",
  "code.wall": "打开大屏",

  "people.find": "查找成员",
  "people.found": "找到 {n} 人。",
  "people.found.one": "找到 1 人。",
  "people.hands": "举手 · {n}",
  "people.here": "在场 · {n}",
  "people.since": "加入时间",
  "people.hand": "已举手，第几位：",
  "people.lower.all": "全部放下",
  "people.anonymous": "匿名提问",
  "people.alone": "有人加入后会显示在这里。",

  "foot.all": "下课对全部 {n} 人生效",
  "foot.everybody": "下课对所有人生效",

  "first.title": "最初的三步",
  "first.wall": "投到大屏",
  "first.copy": "复制链接",
  "first.code.title": "让同学进来",
  "first.code": "把课堂码投到大屏上，或写在黑板上。大家要连同一个网络。",
  "first.hello.title": "打个招呼",
  "first.hello": "写第一条消息并置顶，它会一直显示在上方。",
  "first.hello.act": "去写",
  "first.bits.title": "展示比特",
  "first.bits": "每个人都能看到自己真正发出的字节。",
  "first.bits.act": "打开协议透视",
  "first.done": "已完成",
};
