// 大屏的中文。键与 en-wall.js 相同。

export default {
  "wall.open": "大屏",
  "wall.only": "大屏会在单独的窗口中打开。请允许本页弹出窗口。",
  "wall.join": "加入方式",
  "wall.at": "加入地址",
  "wall.code": "课堂码",
  "wall.shut": "现在停止加入。",
  "wall.between": "现在没有上课。",
  "wall.picture": "{address} 的二维码，含课堂码",
  "wall.local": "请用这台电脑的网络地址打开 Glassroom，地址就会显示在这里。",
  "wall.exit": "退出大屏",
  "wall.quiet": "全体禁言",
  "wall.here": "{n} 人在线",
  "wall.hands.one": "{n} 人举手",
  "wall.hands": "{n} 人举手",
  "wall.again": "大屏已关闭。请在老师的页面上重新打开。",
};
