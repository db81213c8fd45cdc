// 消息文本和输入框的中文。键与 en-text.js 相同。

export default {
  "text.code": "代码",
  "text.copy": "复制这段代码",
  "text.names": "姓名",
  "text.everyone": "所有人",
  "text.hint.touch": "消息（↵ 换行）",
  "text.keys.control": "发送，触摸屏上也一样",
  "text.long.code": "{n} 个字；带代码的消息最多 {most} 个字。",
  "text.long.beside": "代码以外有 {n} 个字；一条消息最多 {most} 个字。",
  "text.lines.code": "{n} 行；带代码的消息最多 {most} 行。",
  "text.lines.beside": "代码以外有 {n} 行；一条消息最多 {most} 行。",
  "text.lines": "{n} 行；一条消息最多 {most} 行。放在两行 ``` 之间的代码最多 {code} 行。",
  "text.invisible": "这条消息谁也看不见：里面只有看不见的字符，例如 {character}。请写一些看得见的内容。",
  "text.paste.code": "已作为代码粘贴在两行 ``` 之间。按 Ctrl+Z 可去掉这些标记。",
  "text.paste.program": "已作为代码粘贴在两行 ``` 之间。如果不是代码，请删掉这两行。",
  "text.paste.long": "你粘贴的内容有 {n} 个字，输入框里只留下了前 {most} 个字：带代码的消息最多这么长。",
  "text.paste.picture": "这里不能发送图片。请用文字描述图片，或粘贴图片里的文字、代码，也可以直接拿给老师看。",
  "text.paste.file": "这里不能发送文件。请打开文件，复制其中的文字，再粘贴到这里。",
};
