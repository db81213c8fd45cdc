//! Texts about handshakes that were refused before a task began (RFC 6455 §4.1, §4.2.1).

use crate::tasks::words::{Text, texts};

texts! {
    READ_LINE: "I read the request line {line}.", "读到请求行 {line}。";
    READ_FIELDS: "I read {fields}.", "读到 {fields}。";
    NO_FIELD: "I read no field {name}. These came: {names}.", "没有读到字段 {name}。来的字段有：{names}。";
    NO_FIELDS: "none", "一个也没有";

    METHOD: "A handshake is a GET request (RFC 6455 §4.2.1 step 1): send GET.",
        "握手是 GET 请求（RFC 6455 §4.2.1 第 1 步）：请用 GET。";
    HTTP_1_0: "A handshake needs HTTP/1.1 (RFC 6455 §4.2.1 step 1): end the request line in HTTP/1.1.",
        "握手要用 HTTP/1.1（RFC 6455 §4.2.1 第 1 步）：请求行的末尾写 HTTP/1.1。";
    BODY: "A handshake is a GET, where a body has no meaning (RFC 9110 §9.3.1): leave out Content-Length \
           and Transfer-Encoding.",
        "握手是 GET 请求，正文没有意义（RFC 9110 §9.3.1）：去掉 Content-Length 和 Transfer-Encoding。";
    UPGRADE: "Ask for WebSocket (RFC 6455 §4.2.1 step 3): send Upgrade: websocket.",
        "要请求 WebSocket（RFC 6455 §4.2.1 第 3 步）：加上 Upgrade: websocket。";
    CONNECTION: "Connection has to list Upgrade (RFC 6455 §4.2.1 step 4): send Connection: Upgrade.",
        "Connection 里要有 Upgrade（RFC 6455 §4.2.1 第 4 步）：加上 Connection: Upgrade。";
    KEY: "Sec-WebSocket-Key is 16 random bytes in base64, 24 characters that end in == (RFC 6455 §4.2.1 \
          step 5), for example dGhlIHNhbXBsZSBub25jZQ==.",
        "Sec-WebSocket-Key 是 16 个随机字节的 base64，共 24 个字符，以 == 结尾（RFC 6455 §4.2.1 第 5 步），例如 \
         dGhlIHNhbXBsZSBub25jZQ==。";
    KEY_BYTES: "Decoded, the key has {bytes} bytes and not 16.", "解码以后，密钥是 {bytes} 字节，不是 16 字节。";
    KEY_NOT_BASE64: "The key has {characters} characters, and is not base64 of whole bytes.",
        "密钥有 {characters} 个字符，不是完整的 base64。";
    ONE_KEY: "Sec-WebSocket-Key stands there more than once (RFC 6455 §11.3.1): send one.",
        "Sec-WebSocket-Key 不止一个（RFC 6455 §11.3.1）：只发一个。";
    VERSION: "The version of WebSocket is 13 (RFC 6455 §4.2.1 step 6, §4.4): send Sec-WebSocket-Version: 13.",
        "WebSocket 的版本是 13（RFC 6455 §4.2.1 第 6 步，§4.4）：加上 Sec-WebSocket-Version: 13。";
    ONE_VERSION: "Sec-WebSocket-Version stands there more than once (RFC 6455 §11.3.5): send one, 13.",
        "Sec-WebSocket-Version 不止一个（RFC 6455 §11.3.5）：只发一个，13。";
    PROTOCOL: "A subprotocol in Sec-WebSocket-Protocol is a word of letters, digits and a few signs, and \
               stands there once (RFC 6455 §4.1 item 10). Commas are between them.",
        "Sec-WebSocket-Protocol 里的每个子协议由字母、数字和少数符号组成，而且只出现一次（RFC 6455 §4.1 第 10 项），\
         之间用逗号隔开。";
    EXTENSIONS: "Sec-WebSocket-Extensions is not in the grammar of RFC 6455 §9.1: leave it out, because no \
                 extension is needed here.",
        "Sec-WebSocket-Extensions 不符合 RFC 6455 §9.1 的语法：这里不需要扩展，去掉即可。";
    ORIGIN: "This server does not let programs of that origin in (RFC 6455 §4.2.2): a program without a \
             browser leaves out Origin.",
        "本服务器不接受这个源（RFC 6455 §4.2.2）：浏览器之外的程序不用发 Origin。";
    ONE_TOKEN: "Two tokens came: send one, as Authorization: Bearer or as the subprotocol bearer.",
        "来了两个令牌：只发一个，放在 Authorization: Bearer 里，或者作为子协议 bearer.令牌。";
    AUTHORIZATION: "Authorization has to be Bearer and a token (RFC 6750 §2.1), on one line.",
        "Authorization 要写 Bearer 和令牌（RFC 6750 §2.1），只写一行。";
    TOO_MANY: "Too many exams: wait {seconds} s. Look at the verdicts of the last ones first.",
        "练习得太频繁：等 {seconds} 秒。先看看最近几次的结论。";
}
