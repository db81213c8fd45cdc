// 供 Wireshark 打开的捕获文件：中文。与 en-capture.js 的键相同。

export default {
  "glass.pcapng.save": "保存 .pcapng",
  "glass.pcapng.why": "可以用 Wireshark 打开的捕获文件。哪一帧的载荷没有记录完整，对应的数据包里会写明。",
  "glass.pcapng.comment": "这是协议透视记录下来的内容：每帧一个数据包，按服务器读写的先后排列，时间以服务器为准。协议透视没有监听网络接口，所以地址、端口、TCP 报文段的边界、序号和确认号都不是实际的值，而是补上的；TCP 的建立过程和不带数据的数据包没有写进来。只捕获了一部分的数据包，缺少的字节没有记录下来，它的 TCP 校验和写成 0。握手之后，序号跳过 {n}，因为打开协议透视之前传过什么没有记录。其他的空缺是没有记录下来的帧。",
  "glass.pcapng.handshake": "{name}的连接 {id} 的握手。打开协议透视时它已经完成，时间没有记录。",
  "glass.pcapng.blanked": "机密内容换成了星号。",
  "glass.pcapng.head": "共 {all} 字节，这里有 {kept} 字节。",
  "glass.pcapng.frame.client": "连接 {id} 上客户端的第 {number} 帧。",
  "glass.pcapng.frame.server": "连接 {id} 上服务器的第 {number} 帧。",
  "glass.pcapng.cut": "载荷共 {all} 字节，记录了 {kept} 字节。",
  "glass.pcapng.over": "这一帧没有传完，连接就结束了。",
  "glass.pcapng.fin": "服务器看到的：连接 {id} 的 TCP 在这里结束。",
  "glass.pcapng.reset": "服务器看到的：连接 {id} 的 TCP 在这里被复位。",
};
