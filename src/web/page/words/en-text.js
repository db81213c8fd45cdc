// English of the texts of messages and of the composer. The same keys as zh-text.js.

export default {
  "text.code": "Code",
  "text.copy": "Copy this code",
  "text.names": "Names",
  "text.everyone": "everyone",
  "text.hint.touch": "Message (↵ new line)",
  "text.keys.control": "send, on a touch screen too",
  "text.long.code": "{n} characters; at most {most} fit in a message with code.",
  "text.long.beside": "{n} characters beside the code; at most {most} fit in one message.",
  "text.lines.code": "{n} lines; at most {most} fit in a message with code.",
  "text.lines.beside": "{n} lines beside the code; at most {most} fit in one message.",
  "text.lines": "{n} lines; at most {most} fit in one message. Code between two lines of ``` has room for {code} lines.",
  "text.invisible": "Nobody would see this message: it has only invisible characters, such as {character}. Write something visible.",
  "text.paste.code": "Pasted as code, between two lines of ```. Ctrl+Z takes the marks away.",
  "text.paste.program": "Pasted as code, between two lines of ```. Delete these two lines if it is none.",
  "text.paste.long": "What you pasted has {n} characters. Only the first {most} are in the field: that is the most that a message with code may have.",
  "text.paste.picture": "Pictures cannot be sent here. Describe the picture in words, paste the text or the code that it shows, or show it to the teacher.",
  "text.paste.file": "Files cannot be sent here. Open the file, copy its text and paste it.",
};
