// 与其余部分一起加载、不单属于某个功能的中文词句。键与 en-later.js 相同。

export default {
  "people.away": "已离开",
  "attendance.came.again": "{time} 起在场，首次 {first}",
  "found.asked": "提问和投票只能在已加载的部分里查找。",
};
