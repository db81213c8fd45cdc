//! Texts about frames, lengths, masks and keys, and about waiting for them (RFC 6455 §5.1 to §5.3).

use crate::tasks::words::{Text, texts};

texts! {
    // What was read.
    FRAME: "frame {number} of your client (FIN {fin}{rsv}, opcode 0x{opcode} {name}, MASK {mask}, \
            length {length}; header {header})",
        "你的客户端的第 {number} 帧（FIN {fin}{rsv}，操作码 0x{opcode} {name}，MASK {mask}，长度 {length}；\
         帧头 {header}）";
    RSV: ", RSV {bits}", "，RSV {bits}";
    A_FRAME: "a frame of your client", "你的客户端的一个帧";
    WITH_PAYLOAD: " with the payload {bytes}{wrong}", "，载荷是 {bytes}{wrong}";
    WRONG_BYTE: "; 0x{byte} cannot stand where it does in UTF-8",
        "；在 UTF-8 中，0x{byte} 不能出现在这个位置";
    BREAKS_A_RULE: "I read {frame}{payload}. It breaks a rule: {sentence}",
        "读到{frame}{payload}。它违反了这条规则：{sentence}";
    CODE_READ: " with the code {code}, the bytes {bytes}", "，关闭码是 {code}，即字节 {bytes}";
    NO_FRAME: "The first two bytes, {bytes}, are {text} in ASCII: was this text sent without the header of \
               a frame?",
        "最前面的两个字节 {bytes} 在 ASCII 里是 {text}：是不是没有写帧头，直接发送了文本？";
    TOO_BIG: "I read {frame}: the message is larger than the {most} bytes that this task takes.",
        "读到{frame}：消息太大，本练习最多接受 {most} 字节。";
    TOO_MANY_FRAGMENTS: "I read {frame}: a message of hardly anything but fragments.",
        "读到{frame}：这条消息几乎全是空的或很小的分片，数量太多。";
    READ_AND: "I read {frame}. {mistake}", "读到{frame}。{mistake}";

    // What to do about a rule.
    DO_MASK: "Every frame of a client is masked, control frames as well: set the MASK bit (0x80 in the \
              second byte), send four bytes of key, and XOR the payload with them.",
        "客户端的每一帧都要加掩码，控制帧也不例外：第二个字节里置 MASK 位（0x80），接着发送四个字节的掩码密钥，\
         再用它与载荷逐字节异或。";
    DO_RESERVED_BIT: "No extension was negotiated: the 101 names none.",
        "这次没有协商任何扩展：101 里一个也没有写。";
    DO_OPCODE: "The opcodes are 0x0, 0x1, 0x2, 0x8, 0x9 and 0xA; all others are reserved.",
        "能用的操作码是 0x0、0x1、0x2、0x8、0x9 和 0xA，其余都是保留的。";
    DO_MINIMAL: "Up to 125, the length is in the seven bits; from 126 to 65535, in the two bytes after \
                 126; above that, in the eight bytes after 127.",
        "125 以内，长度写在那七位里；126 到 65535，写 126，长度在后面两个字节里；再大，写 127，长度在后面\
         八个字节里。";
    DO_FIRST_BIT: "The first bit of the eight bytes is 0. The most significant byte comes first.",
        "那八个字节的最高位必须是 0。高位字节在前。";
    DO_WHOLE_CONTROL: "A Close, Ping or Pong is one frame, and its FIN bit is 1.",
        "Close、Ping 和 Pong 都只有一帧，FIN 位是 1。";
    DO_SHORT_CONTROL: "The payload of a Close, Ping or Pong has at most 125 bytes.",
        "Close、Ping 和 Pong 的载荷最多 125 字节。";
    DO_BEGIN: "The first frame of a message has the opcode 0x1 (text) or 0x2 (binary).",
        "消息的第一帧，操作码是 0x1（文本）或 0x2（二进制）。";
    DO_CONTINUE: "If this frame is to continue the message, its opcode has to be 0x0.",
        "如果这一帧是续帧，操作码就要写 0x0。";
    DO_TWO_BYTES: "A Close has no payload, or a code in two bytes and then the reason.",
        "Close 要么没有载荷，要么先是两个字节的关闭码，再是原因。";
    DO_OTHER_CODE: "1005, 1006 and 1015 tell a program what has happened, and no frame carries them. Use \
                    1000.",
        "1005、1006 和 1015 只用来告诉程序发生了什么，不会写进帧里。请用 1000。";
    DO_KNOWN_CODE: "Codes that mean something: 1000 to 1003, 1007 to 1014, and 3000 to 4999.",
        "有含义的关闭码：1000 到 1003，1007 到 1014，以及 3000 到 4999。";
    DO_UTF8: "Encode the text as UTF-8.", "文本要按 UTF-8 编码。";

    // Waiting.
    YOUR_CLIENT: "your client", "你的客户端";
    NOT_IN_TIME: "I waited {seconds} s for {expected}, and it did not come.",
        "等待{expected}，{seconds} 秒之内没有等到。";
    LATEST: "The last that came was {frame}.", "最后来的是{frame}。";
    TCP_ENDED: "TCP ended without a Close while I waited for {expected}. A client reports that as 1006: \
                look at what yours prints before it ends.",
        "正在等待{expected}，TCP 就断开了，没有 Close。客户端会把这种情况报告为 1006：看看你的程序结束之前\
         打印了什么。";
    IN_VAIN: "I waited for {expected}. All its bytes have come, and then nothing for {seconds} s, because \
              the frame announces more.",
        "等待{expected}：它的字节都到了，之后 {seconds} 秒没有动静，因为帧头里写的长度更大。";
    TOO_MUCH: "Your client sent more than {most} bytes in this task.",
        "你的客户端在这个练习里发送了超过 {most} 字节。";
    CLOSED_EARLY: "Your client sent a Close ({code}, reason {reason}) where I waited for {expected}. It \
                   may do that at any time, but the task is not done.",
        "正在等待{expected}，你的客户端却发来 Close（{code}，原因 {reason}）。随时关闭并不违规，但练习还没做完。";
    NO_CODE: "no code", "没有关闭码";
    CODE: "code {code}", "关闭码 {code}";
    HEADER_CUT: "Only the beginning of a header came: {header}.", "只收到帧头的开头：{header}。";
    PAYLOAD_CUT: "I read {frame}: its header announces {length} bytes of payload, and {came} came.",
        "读到{frame}：帧头说载荷有 {length} 字节，实际只来了 {came} 字节。";
    WITHOUT_KEY: "The length counts the payload alone: the four bytes of the key are not in it.",
        "长度只算载荷，掩码密钥的四个字节不算在内。";
    OTHER_SIZE: "The payload that I waited for has {bytes} bytes.", "等待的载荷有 {bytes} 字节。";
    NO_END: "Your message is not complete: {frames} frame(s) with {bytes} bytes came, and FIN was 0 in \
             each. The last frame of a message has FIN = 1.",
        "消息不完整：来了 {frames} 帧，共 {bytes} 字节，FIN 都是 0。消息的最后一帧 FIN = 1。";

    // Numbers in the wrong order.
    LENGTH_SWAPPED: "The length is in the bytes {bytes}: in network byte order that is {length}. In the \
                     other order it would be {other}. The most significant byte comes first.",
        "长度写在字节 {bytes} 里：按网络字节序是 {length}，倒过来才是 {other}。高位字节在前。";
    FORM_TOO_SMALL: "The payload has {bytes} bytes, and two bytes hold at most 65535: what they say is \
                     {length}. A length of 65536 and more is written as 127 and eight bytes.",
        "载荷有 {bytes} 字节，而两个字节最多写到 65535：现在写出来的是 {length}。65536 及以上，要写 127 和\
         八个字节。";
    CODE_SWAPPED: "The code is in the bytes {bytes}: in network byte order that is {code}. In the other \
                   order it would be {other}. The most significant byte comes first.",
        "关闭码写在字节 {bytes} 里：按网络字节序是 {code}，倒过来才是 {other}。高位字节在前。";
    REASON_ALONE: "Its payload begins with {text}, the bytes {bytes}, which were read as the code {code}. \
                   A reason stands behind a code: the first two bytes of the payload are the code.",
        "载荷以 {text} 开头，也就是字节 {bytes}，被读成了关闭码 {code}。原因在关闭码之后：载荷的前两个字节\
         是关闭码。";

    // Masks.
    MASK_SHOWS: "With the key {key}, the bytes {bytes} of the payload show that {found}.",
        "掩码密钥是 {key}，载荷在线路上的字节是 {bytes}：{found}。";
    MASK_RULE: "Byte i of the payload is XORed with byte i mod 4 of the key.",
        "载荷的第 i 个字节与掩码密钥的第 i mod 4 个字节异或。";
    NOT_MASKED: "the payload is not masked, although the MASK bit and the key are there",
        "MASK 位和掩码密钥都有，载荷却没有加掩码";
    NOT_MASKED_FROM: "from byte {from} on the payload is not masked", "从第 {from} 个字节起，载荷没有加掩码";
    BACKWARDS: "the key was used backwards: byte i of the payload was XORed with byte 3 - (i mod 4) of \
                the key. The key is four bytes in the order in which they are sent, and no number",
        "掩码密钥用反了：第 i 个字节与掩码密钥的第 3 - (i mod 4) 个字节做了异或。掩码密钥就是按发送顺序的\
         四个字节，不是一个整数";
    FIRST_BYTE_ONLY: "only the first byte of the key was used", "只用了掩码密钥的第一个字节";
    ADDED: "the key was added and not XORed", "做的是加法，不是异或";
    HALVES: "the halves of the key changed places: it was used as 16-bit numbers in another byte order",
        "掩码密钥每两个字节颠倒了位置：它被当成了另一种字节序的 16 位整数";
    GOES_ON: "the mask went on from the fragment before ({before} bytes so far): it begins anew, with \
              byte 0 of the key, in each frame",
        "掩码接着上一个分片往下用了（到那里共 {before} 字节）：每一帧都要从掩码密钥的第 0 个字节重新开始";
    BEGAN_LATER: "the mask began with byte {shift} of the key: byte 0 of the payload is XORed with byte 0 \
                  of the key, and the header does not count",
        "掩码从掩码密钥的第 {shift} 个字节开始了：载荷的第 0 个字节对应掩码密钥的第 0 个字节，帧头不算在内";
    SHIFTED: "from byte {from} on the mask is shifted by {shift}: i counts over the whole payload, however \
              it is read and sent",
        "从第 {from} 个字节起，掩码错了 {shift} 位：不管分几次读写，i 都从整个载荷的开头数起";

    // Keys.
    ZERO_KEY: "Frame {frame} of your client ({name}) has the masking key 00 00 00 00, which changes \
               nothing. Every frame needs an unpredictable key, control frames as well: take four bytes \
               from a strong source of randomness, such as os.urandom(4).",
        "你的客户端的第 {frame} 帧（{name}）的掩码密钥是 00 00 00 00，等于没有掩码。每一帧都要有不可预测的\
         掩码密钥，控制帧也不例外：从可靠的随机源取四个字节，例如 os.urandom(4)。";
    SAME_KEY: "Frames {first} ({first_name}) and {later} ({later_name}) of your client have the same \
               masking key {key}. Each frame needs a fresh key, chosen at random, control frames as well.",
        "你的客户端的第 {first} 帧（{first_name}）和第 {later} 帧（{later_name}）的掩码密钥相同，都是 {key}。\
         每一帧都要新取一个随机的掩码密钥，控制帧也不例外。";
    KNOWN_KEY: "Frame {frame} of your client ({name}) has the masking key {key}, which an earlier \
                connection of yours had as well. A generator with a fixed seed gives the same keys in \
                each run: take four bytes from a strong source, such as os.urandom(4).",
        "你的客户端的第 {frame} 帧（{name}）的掩码密钥是 {key}，你以前的连接也用过它。随机种子固定的话，每次\
         运行都会得到同样的掩码密钥：从可靠的随机源取四个字节，例如 os.urandom(4)。";
    PATTERN: "The masking keys began with {keys}: {pattern}. The next one must not be predictable: take \
              all four bytes from a strong source of randomness.",
        "最初几个掩码密钥是 {keys}：{pattern}。下一个不能让人猜到：四个字节都要取自可靠的随机源。";
    EQUAL_STEPS: "they go up in equal steps", "它们以相同的步长递增";
    CONSTANT_BYTES: "two or more of their bytes never change", "有两个或更多字节从不变化";
    ONE_BYTE: "each is one byte, four times", "每个都是同一个字节重复四次";
}
