//! Texts about the tasks as a whole, about messages, and about the tasks 1, 2, 3 and 5.

use crate::tasks::words::{Text, texts};

texts! {
    // What each task is about.
    TASK_1: "Task 1: your client checks the accept value. It was wrong on the first connection, and your \
             client noticed; on this one it is right.",
        "练习 1：你的客户端核对 Accept 值。第一次连接里它是错的，你的客户端发现了；这一次是对的。";
    TASK_2: "Task 2: your client masks every frame that it sends, each with a fresh key.",
        "练习 2：你的客户端给发出的每一帧加掩码，每一帧都用新的掩码密钥。";
    TASK_3: "Task 3: your client reads and writes all three forms of the payload length.",
        "练习 3：载荷长度的三种写法，你的客户端都能读写。";
    TASK_4: "Task 4: your client answers each Ping with a Pong that carries the same bytes.",
        "练习 4：你的客户端用内容相同的 Pong 回答 Ping。";
    TASK_5: "Task 5: your client puts the fragments of a message together.",
        "练习 5：你的客户端把一条消息的分片拼起来。";
    TASK_6: "Task 6: your client closes properly, whichever end begins.",
        "练习 6：不管哪一端先开始，你的客户端都正确地关闭连接。";
    PASSED: "Passed: your client does what §{section} asks for.", "通过：你的客户端符合 §{section} 的要求。";
    SEE_NOTES: "Something in it is legal and worth knowing: see the notes.",
        "其中有合法但值得了解的地方：请看说明。";

    // The handshake.
    BEFORE_101: "Your client sent bytes before it had received the 101 ({bytes}). There is no WebSocket \
                 until the server has answered: wait for the end of the response head.",
        "你的客户端还没收到 101 就发送了数据（{bytes}）。服务器回答之前还没有 WebSocket：要一直读到响应报文头\
         结束。";
    KNOWN_NONCE: "An earlier connection of yours had the same Sec-WebSocket-Key ({key}). It must be 16 \
                  random bytes, new for each connection; otherwise an old response could be taken for \
                  this one.",
        "你以前的连接用过同一个 Sec-WebSocket-Key（{key}）。它必须是 16 个随机字节，每次连接都换新的；否则旧的\
         响应会被当成这一次的。";

    // Task 1.
    HANG_UP: "your client to hang up, because Sec-WebSocket-Accept in this 101 is wrong",
        "你的客户端断开连接（因为这个 101 里的 Sec-WebSocket-Accept 是错的）";
    WRONG_ACCEPT: "Sec-WebSocket-Accept in this 101 was {value}, wrong on purpose: to your key {key} \
                   belongs {right}. They differ in the case of letters, and base64 tells a from A.",
        "这个 101 里的 Sec-WebSocket-Accept 是 {value}，是故意写错的：你的密钥 {key} 对应的是 {right}。两者只差\
         字母的大小写，而 base64 区分 a 和 A。";
    DID_NOT_HANG_UP: "Your client did not hang up. If it has noticed, it has to fail the connection at \
                      once, without waiting for anything; if it has not, it compares without regard to \
                      case, or not at all.",
        "你的客户端没有断开连接。如果发现了，就要立刻断开，不必再等什么；如果没有发现，就是比较时不分大小写，\
         或者根本没有比较。";
    REFUSED_RIGHT: "Sec-WebSocket-Accept was right this time, and your client hung up all the same.",
        "这次的 Sec-WebSocket-Accept 是对的，你的客户端仍然断开了连接。";
    WENT_ON: "Your client sent {bytes}, so it takes the connection for established: it compares without \
              regard to case, or not at all. Compute base64(SHA-1(key + \
              258EAFA5-E914-47DA-95CA-C5AB0DC85B11)) yourself, compare byte by byte, and hang up without \
              a frame if it differs. Then connect again.",
        "你的客户端发来 {bytes}，说明它以为连接已经建立：它比较时不分大小写，或者根本没有比较。请自己计算 \
         base64(SHA-1(key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11))，逐字节比较；不一样就直接断开，一个帧也不要\
         发。然后再连接一次。";
    SAY_HELLO: "Send this text to show that you go on.", "发送这段文本，表示你继续下去。";
    THE_TEXT: "the text {text}", "文本 {text}";
    NOT_HELLO: "The accept value was right this time, but your client sent {read} and not \"hello\".",
        "这次的 Accept 值是对的，你的客户端却发来 {read}，而不是 \"hello\"。";
    IS_BINARY: "{text} came as a binary message (opcode 0x2), and it is text (0x1).",
        "{text} 是作为二进制消息（操作码 0x2）发来的，而它是文本（0x1）。";

    // Task 2.
    SAY_ONE: "Send this text in one masked frame.", "用一个加了掩码的帧发送这段文本。";
    SAY_TWO: "Send this text in the same way, with a new key.", "同样发送这段文本，换一个新的掩码密钥。";
    SAY_THREE: "And this one, with yet another key.", "再发这一段，掩码密钥又是新的。";
    OTHER_TEXT: "I waited for {text} ({bytes} bytes). Unmasked with its key, {frame} contains {read}: \
                 {payload}. Byte i of the payload is XORed with byte i mod 4 of the key, from i = 0 in \
                 each frame.",
        "等待 {text}（{bytes} 字节）。{frame}用它的掩码密钥去掉掩码以后是 {read}：{payload}。载荷的第 i 个字节\
         与掩码密钥的第 i mod 4 个字节异或，每一帧都从 i = 0 开始。";
    IN_FRAMES: "{text} came in {frames} frames. That is legal; each frame has a key of its own.",
        "{text} 分成 {frames} 帧发来。这是合法的；每一帧有自己的掩码密钥。";

    // Task 3.
    ECHO_FIVE: "Five texts follow, one after the other, of 125, 126, 127, 65535 and 65536 bytes. Send \
                each back unchanged, in one frame.",
        "接下来依次有五段文本，分别是 125、126、127、65535 和 65536 字节。每一段都用一个帧原样发回。";
    THE_FIRST: "the first of them", "第一段发回来";
    TEXT_BACK: "the text of {size} bytes to come back", "发回来的 {size} 字节文本";
    IN_SEVERAL: "The text of {size} bytes came in several frames, the last of them {frame}. That is \
                 legal, but then no frame has a length of {size}, which this task is about: send each \
                 text in one frame.",
        "{size} 字节的文本分成几帧发来，最后一帧是{frame}。这是合法的，但这样就没有哪一帧的长度是 {size}，而\
         这个练习考的正是它：请把每一段放在一个帧里。";
    EMPTY_FRAGMENTS: "The text of {size} bytes came with empty fragments. That is legal.",
        "{size} 字节的文本带着空的分片发来。这是合法的。";
    SIZE_BINARY: "The text of {size} bytes came as a binary message (opcode 0x2).",
        "{size} 字节的文本是作为二进制消息（操作码 0x2）发来的。";
    CHARACTERS: "I read {frame}. {came} is the number of characters of the text, and it has {bytes} bytes \
                 in UTF-8: encode first, and count the bytes.",
        "读到{frame}。{came} 是文本的字符数，按 UTF-8 它有 {bytes} 字节：先编码，再数字节。";
    OTHER_BYTES: "I sent a text of {size} bytes, and {came} bytes came back in {frame}, of which the first \
                  {same} are right: at {same} I read {read} and had sent {sent}. Up to 125 the seven bits \
                  are the length; 126 means that the length follows in two bytes, 127 in eight, the most \
                  significant first. TCP is a stream: read until you have all of the payload.",
        "发去 {size} 字节的文本，{frame}发回来 {came} 字节，前 {same} 个字节是对的：在位置 {same} 读到 {read}，\
         发去的是 {sent}。125 以内，那七位就是长度；126 表示长度在后面两个字节里，127 表示在后面八个字节里，\
         高位字节在前。TCP 是字节流：要一直读到载荷完整为止。";
    NO_BYTE: "no byte", "什么也没有";

    // Task 5.
    ECHO_TWO: "Two texts follow, each in several fragments. Send each back as one message as soon as it \
               is complete.",
        "接下来有两段文本，每段分成几个分片。等它完整了，就作为一条消息发回来。";
    WHOLE_TEXT: "the whole text {text} to come back", "完整的文本 {text} 发回来";
    PONG_BETWEEN: "the Pong to the Ping between the fragments", "分片之间那个 Ping 的 Pong";
    CLOSED_BEFORE_TEXT: "Your client sent a Close ({code}, reason {reason}) where I waited for {text} and \
                         the Pongs. It may do that at any time, but the task is not done.",
        "正在等待 {text} 和 Pong，你的客户端却发来 Close（{code}，原因 {reason}）。随时关闭并不违规，但练习还没\
         做完。";
    CAME_BINARY: "The text came back as a binary message, the last of it {frame}. The opcode of the first \
                  fragment says what kind of message it is: this one was text.",
        "文本作为二进制消息发回来了，最后一帧是{frame}。第一个分片的操作码说明消息的类型：这一条是文本。";
    PING_IN_TEXT: "{text} came back as {read}, with the data of the Ping ({ping}) in it. Control frames \
                   between the fragments are not part of the message: answer the Ping, and go on.",
        "{text} 发回来成了 {read}，里面混进了 Ping 的数据（{ping}）。分片之间的控制帧不属于消息：回答 Ping，然后\
         继续拼。";
    DECODED_ALONE: "{text} came back as {read}: each fragment was decoded by itself. The end of a \
                    fragment cut a character: first join the bytes of all fragments, and then decode them \
                    as UTF-8.",
        "{text} 发回来成了 {read}：每个分片是单独解码的。分片的结尾切开了一个字：先把所有分片的字节拼起来，再按 \
         UTF-8 解码。";
    CUT_CHARACTER: "{text} came back as {read}. The end of a fragment cut a character: first join the \
                    bytes of all fragments, and then decode them as UTF-8.",
        "{text} 发回来成了 {read}。分片的结尾切开了一个字：先把所有分片的字节拼起来，再按 UTF-8 解码。";
    LOST: "I sent {text} in {parts} fragments, and {read} came back. Of it {missing} {is} missing. {last}",
        "{text} 分成 {parts} 个分片发去，发回来的是 {read}：{is}{missing}。{last}";
    IS_MISSING: "is", "少了";
    ARE_MISSING: "are", "少了这些：";
    FRAGMENT: "fragment {n} (FIN {fin}, {size} bytes: {bytes})", "第 {n} 个分片（FIN {fin}，{size} 字节：{bytes}）";
    EMPTY_FRAGMENT: "fragment {n} (FIN {fin}, 0 bytes)", "第 {n} 个分片（FIN {fin}，0 字节）";
    AND: "{one} and {other}", "{one}和{other}";
    ALL_FRAMES: "A message is the payload of all its frames, in order.", "消息就是它所有帧的载荷，按顺序拼起来。";
    LAST_BELONGS: "The frame with FIN = 1 still belongs to the message: add its payload, and only then \
                   handle the message.",
        "FIN = 1 的那一帧仍然属于这条消息：先拼上它的载荷，再处理消息。";
    FRAGMENTS_BACK: "I sent {text} in fragments, and {read} came back. {hint}",
        "{text} 分成几个分片发去，发回来的是 {read}。{hint}";
    BEGINNING: "These are its first {came} of {size} bytes: a message ends with the frame whose FIN bit is \
                set.",
        "这只是 {size} 字节中的前 {came} 个：FIN 位是 1 的那一帧才是消息的结尾。";
    MORE_THAN_TEXT: "The text is in it, with other bytes around it: send the text alone, unchanged.",
        "这段文本在里面，但是前后多了别的字节：只发这段文本，不要改动。";
    ENCODED_TWICE: "Its bytes were taken for characters, each by itself, and encoded once more: decode them as \
                    UTF-8.",
        "每个字节被当成一个字符，又编码了一次：要按 UTF-8 解码。";
    JOINED: "A message is the joined payload of its first frame and of all continuations (opcode 0x0) up \
             to the one with FIN; control frames between them are not part of it.",
        "消息是第一帧和它后面所有续帧（操作码 0x0）的载荷拼起来的，到 FIN 位是 1 的那一帧为止；中间的控制帧不算。";
}
