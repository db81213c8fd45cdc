// 与其余部分一起加载、不单属于某个功能的中文词句。键与 en-later.js 相同。

export default {
  "people.away": "已离开",
  "attendance.came.again": "{time} 起在场，首次 {first}",
  "found.asked": "提问和投票只能在已加载的部分里查找。",
  "more.lines": "展开其余 {n} 行",
  "more.lines.one": "展开其余 1 行",
  "name.numbered": "已经有一位 {asked} 在这里，所以你显示为 {name}。如果那是你的另一台设备，两边都可以继续用。",
  "name.kept": "{asked} 这个名字还留给之前用它的人，或留给用链接加入的人，所以你显示为 {name}。",
  "first.title.room": "在这个房间里最初的几步",
};
