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
}

/// A student's server, on a port of its own until the test run ends.
pub fn student(way: Way) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, way));
        }
    });
    url
}

/// One connection, until something goes wrong.
fn serve(mut stream: TcpStream, way: Way) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    stream.write_all(response(&head, way).as_bytes()).ok()?;
    if way == Way::Status200 {
        return None;
    }
    if way == Way::Hangs {
        while stream.read(&mut byte).ok()? > 0 {}
        return None;
    }
    let mut message = (0, Vec::new());
    loop {
        let (fin, opcode, payload) = read(&mut stream, way)?;
        match opcode {
            8 if way == Way::NoClose => return None,
            8 => {
                write(&mut stream, 8, payload.get(..2).unwrap_or_default(), way)?;
                if way == Way::DataAfterClose {
                    write(&mut stream, 1, b"one more thing", way)?;
                }
                return None;
            }
            9 if way == Way::NoPong => {}
            9 if way == Way::EmptyPong => write(&mut stream, 10, b"", way)?,
            9 => write(&mut stream, 10, &payload, way)?,
            10 => {}
            _ if way == Way::FirstFragment && opcode == 0 => {}
            _ => {
                if opcode != 0 {
                    message = (opcode, Vec::new());
                }
                message.1.extend(payload);
                if fin || way == Way::FirstFragment {
                    write(&mut stream, message.0, &message.1, way)?;
                }
            }
        }
    }
}

fn response(head: &[u8], way: Way) -> String {
    let head = String::from_utf8_lossy(head).into_owned();
    let field = head.lines().filter_map(|line| line.split_once(':'));
    let mut keys = field.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let mut key = keys.next().map_or("", |(_, value)| value.trim()).to_owned();
    match way {
        Way::LowerCaseKey => key = key.to_ascii_lowercase(),
        Way::SameAccept => key = "dGhlIHNhbXBsZSBub25jZQ==".into(),
        _ => {}
    }
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let more = match way {
        Way::Extension => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        Way::ExtraHeaders => "Server: mine\r\nX-Lesson: 7\r\n",
        _ => "",
    };
    match way {
        Way::Status200 => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into(),
        Way::LowerCaseResponse => format!(
            "HTTP/1.1 101 ok\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        ),
        _ => format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             {more}Sec-WebSocket-Accept: {accept}\r\n\r\n"
        ),
    }
}

fn read(stream: &mut TcpStream, way: Way) -> Option<(bool, u8, Vec<u8>)> {
    let mut two = [0; 2];
    stream.read_exact(&mut two).ok()?;
    let mut long = [0; 8];
    let length = match two[1] & 127 {
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
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload).ok()?;
    if payload.len() as u64 != length {
        return None;
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
    let mut bytes = vec![128 | opcode];
    match payload.len() {
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
