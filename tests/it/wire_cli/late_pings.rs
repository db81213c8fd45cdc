//! Pings while the connection closes. §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a
//! Pong frame in response, unless it already received a Close frame." A Close that was sent is no
//! reason not to answer.

use super::order::read_frame;
use super::*;

/// The opcodes of the frames that the client sends from now on.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let frames = std::iter::from_fn(|| read_frame(stream));
    frames.map(|frame| frame.opcode).collect()
}

fn bytes(frame: Frame) -> Vec<u8> {
    frame.unmasked().encode()
}

#[test]
fn a_ping_between_the_two_closes_is_answered() {
    let (url, server) = server(|mut stream| {
        stream.write_all(SWITCHING).unwrap();
        let close = read_frame(&mut stream).unwrap();
        for text in ["one", "two"] {
            let ping = bytes(Frame::new(Frame::PING, text));
            stream.write_all(&ping).unwrap();
            let pong = read_frame(&mut stream).unwrap();
            assert_eq!(
                (pong.opcode, &*pong.payload),
                (Frame::PONG, text.as_bytes())
            );
        }
        stream.write_all(&bytes(Frame::close(1000, ""))).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        (close.opcode, rest(&mut stream))
    });
    let outcome = wire(&["--header", KEY, "--json", &url], "");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert_eq!(server.join().unwrap(), (Frame::CLOSE, vec![]));
    let opcodes: Vec<_> = outcome
        .json("frame")
        .iter()
        .map(|frame| {
            (
                frame["from"].as_str().unwrap().to_owned(),
                frame["opcode"].as_u64().unwrap(),
            )
        })
        .collect();
    let opcodes: Vec<_> = opcodes
        .iter()
        .map(|(from, opcode)| (&**from, *opcode))
        .collect();
    let (client, server) = ("client", "server");
    assert_eq!(
        opcodes,
        [
            (client, 8),
            (server, 9),
            (client, 10),
            (server, 9),
            (client, 10),
            (server, 8)
        ]
    );
}

#[test]
fn a_ping_after_the_servers_close_is_not_answered() {
    for typed in ["", ":wait 9\n"] {
        let (url, server) = server(move |mut stream| {
            let close = bytes(Frame::close(1000, ""));
            let ping = bytes(Frame::new(Frame::PING, "too late"));
            stream.write_all(SWITCHING).unwrap();
            // With nothing typed, the client closes first.
            let mut opcodes: Vec<_> = match typed {
                "" => read_frame(&mut stream).into_iter().collect(),
                _ => Vec::new(),
            };
            stream.write_all(&[close, ping].concat()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            opcodes.extend(std::iter::from_fn(|| read_frame(&mut stream)));
            let opcodes: Vec<u8> = opcodes.iter().map(|frame| frame.opcode).collect();
            opcodes
        });
        let outcome = wire(&["--header", KEY, "--json", &url], typed);
        assert_eq!(outcome.code, Some(0), "{typed:?}: {}", outcome.err);
        assert_eq!(server.join().unwrap(), [Frame::CLOSE], "{typed:?}");
    }
}
