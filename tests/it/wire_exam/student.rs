//! Servers as students write them, with one fault each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// What a student forgot, or did otherwise without breaking a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Reads and writes as it should, but checks nothing.
    Careless,
    LowerCaseResponse,
    ExtraHeaders,
    LowerCaseKey,
    SameAccept,
    Extension,
    Status200,
    Hangs,
    Masks,
    LittleEndian,
    ForgetsToUnmask,
    NoPong,
    EmptyPong,
    FirstFragment,
    NoClose,
    DataAfterClose,
    RepeatsProtocols,
    RepeatsExtensions,
    ReservedBit,
    LongForm,
    OnlySevenBits,
    DropsRest,
    ReversedFragments,
    PongAfterMessage,
    ShortPong,
    AllText,
    NothingToContinue,
    LittleEndianClose,
    Close1005,
    CloseOfOneByte,
    KeepsTcp,
    Interim,
    /// Is there for one connection.
    AcceptsOnce,
    /// Ends TCP behind its 101.
    EndsAtOnce,
    /// Sends random bytes behind its 101.
    Garbage,
    /// Sends frames without end.
    Floods,
    /// Sends fragments of one message without end.
    FloodsFragments,
    /// Ends TCP without a word.
    Refuses,
    /// Reads, and never answers.
    Silent,
    /// Answers with bytes that are no HTTP.
    NoHttp,
}

/// A student's server, on a port of its own until the test run ends.
pub fn student(way: Way) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, way));
            if way == Way::AcceptsOnce {
                return;
            }
        }
    });
    url
}

/// One connection, until something goes wrong.
fn serve(mut stream: TcpStream, way: Way) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    match way {
        Way::Refuses => return None,
        Way::NoHttp => return stream.write_all(&[0xA5; 300]).ok(),
        _ => {}
    }
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    if way != Way::Silent {
        stream.write_all(response(&head, way).as_bytes()).ok()?;
    }
    match way {
        Way::Status200 | Way::EndsAtOnce => return None,
        Way::Garbage => {
            let bytes: Vec<u8> = (0..2000_u32).map(|i| ((i * i * 31) >> 3) as u8).collect();
            stream.write_all(&bytes).ok()?;
        }
        Way::Floods => loop {
            write(&mut stream, 1, b"once more", way)?;
        },
        Way::FloodsFragments => {
            stream.write_all(b"\x01\x01a").ok()?;
            loop {
                stream.write_all(&b"\x00\x01a".repeat(1000)).ok()?;
            }
        }
        _ => {}
    }
    if matches!(way, Way::Hangs | Way::Silent | Way::Garbage) {
        while stream.read(&mut byte).ok()? > 0 {}
        return None;
    }
    let mut message = (0, Vec::new());
    loop {
        let (fin, opcode, payload) = read(&mut stream, way)?;
        match opcode {
            8 if way == Way::NoClose => return None,
            8 => {
                let code = payload.get(..2).unwrap_or_default();
                let turned: Vec<u8> = code.iter().rev().copied().collect();
                let code = match way {
                    Way::LittleEndianClose => &turned,
                    Way::Close1005 => &b"\x03\xED"[..],
                    Way::CloseOfOneByte => &b"\x03"[..],
                    _ => code,
                };
                write(&mut stream, 8, code, way)?;
                if way == Way::KeepsTcp {
                    while stream.read(&mut byte).ok()? > 0 {}
                }
                if way == Way::DataAfterClose {
                    write(&mut stream, 1, b"one more thing", way)?;
                }
                return None;
            }
            9 if way == Way::NoPong => {}
            9 if way == Way::PongAfterMessage && !message.1.is_empty() => {}
            9 if way == Way::ShortPong => {
                write(&mut stream, 10, &payload[..payload.len().min(100)], way)?;
            }
            9 if way == Way::EmptyPong => write(&mut stream, 10, b"", way)?,
            9 => write(&mut stream, 10, &payload, way)?,
            // It ignores what it does not know, and so does not send it back.
            3..=7 | 10.. => {}
            _ if way == Way::FirstFragment && opcode == 0 => {}
            _ => {
                if opcode != 0 {
                    message = (opcode, Vec::new());
                }
                match way {
                    Way::ReversedFragments => message.1.splice(..0, payload).for_each(drop),
                    _ => message.1.extend(payload),
                }
                if message.0 == 0 {
                    continue;
                }
                if fin || way == Way::FirstFragment {
                    let opcode = match way {
                        Way::AllText => 1,
                        Way::NothingToContinue => 0,
                        _ => message.0,
                    };
                    write(&mut stream, opcode, &message.1, way)?;
                    if fin {
                        message = (0, Vec::new());
                    }
                }
            }
        }
    }
}

fn response(head: &[u8], way: Way) -> String {
    let head = String::from_utf8_lossy(head).into_owned();
    let field = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        let found = fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let mut key = field("sec-websocket-key").unwrap_or_default();
    let repeated = |name: &str| {
        let value = field(name).map(|value| format!("{name}: {value}\r\n"));
        value.unwrap_or_default()
    };
    match way {
        Way::LowerCaseKey => key = key.to_ascii_lowercase(),
        Way::SameAccept => key = "dGhlIHNhbXBsZSBub25jZQ==".into(),
        _ => {}
    }
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let more = match way {
        Way::Extension => "Sec-WebSocket-Extensions: permessage-deflate\r\n".into(),
        Way::ExtraHeaders => "Server: mine\r\nX-Lesson: 7\r\n".into(),
        Way::RepeatsProtocols => repeated("Sec-WebSocket-Protocol"),
        Way::RepeatsExtensions => repeated("Sec-WebSocket-Extensions"),
        _ => String::new(),
    };
    let before = match way {
        Way::Interim => "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n",
        _ => "",
    };
    match way {
        Way::Status200 => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into(),
        Way::LowerCaseResponse => format!(
            "HTTP/1.1 101 ok\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        ),
        _ => format!(
            "{before}HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             {more}Sec-WebSocket-Accept: {accept}\r\n\r\n"
        ),
    }
}

fn read(stream: &mut TcpStream, way: Way) -> Option<(bool, u8, Vec<u8>)> {
    let mut two = [0; 2];
    stream.read_exact(&mut two).ok()?;
    let mut long = [0; 8];
    let length = match two[1] & 127 {
        short if way == Way::OnlySevenBits => u64::from(short),
        126 => {
            stream.read_exact(&mut long[6..]).ok()?;
            u64::from_be_bytes(long)
        }
        127 => {
            stream.read_exact(&mut long).ok()?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let mut key = [0; 4];
    if two[1] & 128 != 0 {
        stream.read_exact(&mut key).ok()?;
    }
    let mut payload = vec![0; usize::try_from(length).ok()?.min(1 << 21)];
    stream.read_exact(&mut payload).ok()?;
    if way == Way::DropsRest {
        let mut rest = [0; 4096];
        stream.set_nonblocking(true).ok()?;
        let _ = stream.read(&mut rest);
        stream.set_nonblocking(false).ok()?;
    }
    if way != Way::ForgetsToUnmask {
        payload
            .iter_mut()
            .zip(key.iter().cycle())
            .for_each(|(b, k)| *b ^= k);
    }
    Some((two[0] & 128 != 0, two[0] & 15, payload))
}

fn write(stream: &mut TcpStream, opcode: u8, payload: &[u8], way: Way) -> Option<()> {
    let mask = if way == Way::Masks { 128 } else { 0 };
    let rsv = match way {
        Way::ReservedBit if opcode < 8 => 64,
        _ => 0,
    };
    let mut bytes = vec![128 | rsv | opcode];
    match payload.len() {
        short if way == Way::LongForm => {
            bytes.push(127);
            bytes.extend((short as u64).to_be_bytes());
        }
        short @ 0..=125 => bytes.push(mask | short as u8),
        middle @ 126..=65535 => {
            bytes.push(mask | 126);
            let length = middle as u16;
            bytes.extend(match way {
                Way::LittleEndian => length.to_le_bytes(),
                _ => length.to_be_bytes(),
            });
        }
        long => {
            bytes.push(mask | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    if way == Way::Masks {
        bytes.extend([0; 4]);
    }
    bytes.extend(payload);
    stream.write_all(&bytes).ok()
}
