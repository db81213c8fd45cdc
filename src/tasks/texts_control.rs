//! Texts about control frames: Pings and Pongs (task 4), and the closing handshake (task 6).

use crate::tasks::words::{Text, texts};

texts! {
    // Task 4.
    PINGS_COME: "I send five Pings, one after the other, and then three at once. Answer with Pongs that \
                 carry the same bytes. The verdict follows.",
        "我先依次发五个 Ping，再一次发三个。用内容相同的 Pong 回答。然后是结论。";
    A_PONG: "a Pong", "Pong";
    THE_PONG: "the Pong to {which}", "{which} 的 Pong";
    PING_EIGHT: "a Ping with 8 bytes", "带 8 字节的 Ping";
    PING_EMPTY: "an empty Ping", "空的 Ping";
    PING_MOST: "a Ping with 125 bytes, the maximum", "带 125 字节（上限）的 Ping";
    PING_AFTER: "a Ping after an unsolicited Pong", "跟在主动发出的 Pong 后面的 Ping";
    PING_BETWEEN: "a Ping between two fragments of a message, the second of which I hold back until it is \
                   answered",
        "夹在一条消息的两个分片之间、答完才发第二个分片的 Ping";
    PING_BURST: "the last of three Pings at once ({all})",
        "一次发出的三个 Ping（{all}）中的最后一个 Ping";
    NO_DATA: "no data", "没有数据";
    THE_DATA: "the data {bytes}", "数据是 {bytes}";
    NOTHING: "nothing", "空";
    PONG_FOR_PONG: "I sent an unsolicited Pong with {data}, and your client sent it back. A Pong gets no \
                    answer: two ends that answer Pongs would never stop.",
        "我主动发了一个 Pong（{data}），你的客户端把它发了回来。Pong 不用回答：两端都回答 Pong，就永远停不下来。";
    PONG_TWICE: "A Ping was answered twice: a second Pong with {data} came.",
        "同一个 Ping 被回答了两次：又来了一个 Pong（{data}）。";
    PONG_FOR_NOTHING: "A Pong came that answers no Ping, with {data}.", "来了一个不回答任何 Ping 的 Pong（{data}）。";
    PING_BACK: "I sent {which}, and your client sent it back as a Ping, {frame}. The answer is a Pong: \
                opcode 0xA.",
        "我发了{which}，你的客户端又把它作为 Ping 发了回来：{frame}。应该回答 Pong：操作码 0xA。";
    CLOSE_FOR_PING: "I sent {which}, and your client sent a Close ({code}, reason {reason}). It may do that \
                     at any time, but the task is not done.",
        "我发了{which}，你的客户端却发来 Close（{code}，原因 {reason}）。随时关闭并不违规，但练习还没做完。";
    MESSAGE_FOR_PING: "I sent {which}, and its bytes came back as a {kind} message, {frame}. The answer to \
                       a Ping is a control frame: a Pong, opcode 0xA.",
        "我发了{which}，它的字节却作为消息（{kind}）发了回来：{frame}。Ping 要用控制帧回答：Pong，操作码 0xA。";
    OTHER_PONG: "I sent {which} (data: {sent}), and no Pong with the same data came, but {frame} with \
                 {came_size} bytes ({came}). A Pong carries the data of the Ping that it answers, byte for \
                 byte.",
        "我发了{which}（数据：{sent}），没有等到数据相同的 Pong，来的是{frame}，{came_size} 字节（{came}）。\
         Pong 要逐字节带上它所回答的 Ping 的数据。";
    LAST_UNANSWERED: "I sent three Pings at once, with the data {all}. Pongs came for {answered}, and none \
                      for the last. A client that finds several Pings may answer only the most recent one, \
                      and then that is the one that needs a Pong.",
        "我一次发了三个 Ping，数据依次是 {all}。来了 {answered} 的 Pong，最后一个却没有。一下子收到几个 Ping，可以\
         只回答最近的那个；必须回答的正是它。";
    ONLY_LAST: "Of three Pings that came at once, your client left {left} without a Pong, and answered the \
                last. That is legal.",
        "三个 Ping 同时到达，你的客户端没有回答其中的 {left} 个，回答了最后一个。这是合法的。";
    OTHER_ORDER: "I sent three Pings at once, with the data {all}, and the Pongs came in another order: \
                  {order}. No sentence forbids that, but an older Ping needs no Pong once a newer one has \
                  its own. Answer in the order in which you read.",
        "我一次发了三个 Ping，数据依次是 {all}，Pong 的顺序却是 {order}。没有条文禁止这样，但新的 Ping 已经有了 \
         Pong，旧的就不必再回答。按读到的顺序回答就好。";

    // Task 6.
    CLOSE_COMES: "I send a Close now. Answer it with a Close of the same code, send nothing more, and wait \
                  until I end TCP. Then connect again for the second part.",
        "我现在发 Close。用同样的关闭码回一个 Close，之后什么也不要发，等我断开 TCP。然后再连接一次，做第二部分。";
    CLOSE_REASON: "the first part of task 6", "练习 6 的第一部分";
    YOUR_CLOSE: "your Close", "你的 Close";
    CLOSE_IN_ANSWER: "your Close in answer to mine ({code})", "你的 Close（回答我的 {code}）";
    CLOSE_1000: "your Close with code 1000", "你的 Close（关闭码 1000）";
    OTHER_CODE: "I closed with {code}, and your Close has {came}. Usual is to echo the code.",
        "我的 Close 是 {code}，你的 Close 是：{came}。通常会回同样的关闭码。";
    YOU_CLOSE: "Send a Close with this code and reason. Then only read: you will get a verdict, my Close, \
                and the end of TCP.",
        "发送带这个关闭码和原因的 Close，然后只读：你会收到结论、我的 Close，最后是 TCP 结束。";
    TCP_FIRST: "Your client ended TCP first, after both Closes. It may, but should wait for the server: who \
                ends TCP first holds TIME_WAIT.",
        "双方都发过 Close 以后，你的客户端先断开了 TCP。可以这样，但最好等服务器：先断开的一端要保留 TIME_WAIT。";
    OTHER_CLOSE: "I asked for a Close with 1000 and {reason}, and yours has {code} and {came}: its payload \
                  is {payload}. It is legal, and not what was asked for: the code in two bytes, the most \
                  significant first, and then the reason in UTF-8.",
        "要的是关闭码 1000、原因 {reason} 的 Close，你发来的是：{code}，原因 {came}；载荷是 {payload}。这是合法的，但\
         不合要求：先是两个字节的关闭码，高位字节在前，再是 UTF-8 的原因。";
    TCP_AT_ONCE: "Your client ended TCP as soon as it had sent its Close, and before mine came. A client \
                  may end TCP once both Closes are there, and should leave it to the server even then: your \
                  last bytes may be lost, and you never learn how the other end closed.",
        "你的客户端发完 Close 就断开了 TCP，没等我的 Close。双方的 Close 都有了，客户端才可以断开，而且最好还是让\
         服务器来断：否则最后的数据可能丢失，你也无从知道对方是怎样关闭的。";
    NO_CLOSE: "Both ends send a Close, and none came from your client.",
        "两端都要发 Close，而你的客户端没有发。";
    SECOND_CLOSE: "I read {frame}, a second Close. Each end sends one: a Close that answers yours gets no \
                   answer.",
        "读到{frame}，是第二个 Close。每一端只发一个：对方回答你的那个 Close，不用再回答。";
    DATA_AFTER_CLOSE: "I read {frame} after your Close. The Close is the last frame that an endpoint sends.",
        "你的 Close 之后又读到{frame}。Close 是一端发送的最后一帧。";
    CONTROL_AFTER_CLOSE: "I read {frame} after your Close. The sentence forbids data frames alone.",
        "你的 Close 之后又读到{frame}。条文只禁止数据帧。";
}
