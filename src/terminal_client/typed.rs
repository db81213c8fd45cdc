//! The commands that a person types.

use crate::lens::encode::hex;
use std::time::Duration;

/// Shown by `:help`.
pub(crate) const HELP: &str = "\
text            send it as a text message
:text [TEXT]    the same, for text that is empty or begins with a colon
:binary HEX     send a binary message
:fragment N TEXT    send a text message in N fragments
:ping [TEXT]    send a Ping;  :pong [TEXT] sends a Pong that answers no Ping
:close [CODE [REASON]]    send a Close
:raw HEX        send these bytes as they are, right or wrong, with no frame around them
:wait SECONDS   only watch for this long; for scripts
:quit           send Close 1000 and wait for the answer, as at the end of the input";

/// Fragments of one message: enough to look at, and a bound on what one line can cause.
const MAX_FRAGMENTS: usize = 1000;
/// Seconds of `:wait`.
const MAX_WAIT: f64 = 86_400.0;

/// One parsed line.
#[derive(Debug, PartialEq)]
pub(crate) enum Typed {
    Nothing,
    Text(String),
    Binary(Vec<u8>),
    Fragment(usize, String),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
    Raw(Vec<u8>),
    Wait(Duration),
    Help,
    Quit,
}

/// Parses a line, or returns what is wrong with it.
pub(crate) fn parse(line: &str) -> Result<Typed, String> {
    let Some(command) = line.strip_prefix(':') else {
        return Ok(match line {
            "" => Typed::Nothing,
            text => Typed::Text(text.into()),
        });
    };
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    match name {
        "text" => Ok(Typed::Text(rest.into())),
        "binary" => Ok(Typed::Binary(hex(rest)?)),
        "raw" => Ok(Typed::Raw(hex(rest)?)),
        "ping" => Ok(Typed::Ping(rest.into())),
        "pong" => Ok(Typed::Pong(rest.into())),
        "help" => Ok(Typed::Help),
        "quit" => Ok(Typed::Quit),
        "fragment" => {
            let (count, text) = rest.split_once(' ').unwrap_or((rest, ""));
            match count.parse() {
                Ok(count) if (1..=MAX_FRAGMENTS).contains(&count) => {
                    Ok(Typed::Fragment(count, text.into()))
                }
                _ => Err(format!(
                    ":fragment needs a number from 1 to {MAX_FRAGMENTS}, then the text"
                )),
            }
        }
        "close" => {
            let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            match code {
                "" => Ok(Typed::Close(None, String::new())),
                _ => match code.parse() {
                    Ok(code) => Ok(Typed::Close(Some(code), reason.into())),
                    Err(_) => Err(":close needs a code from 0 to 65535, then the reason".into()),
                },
            }
        }
        "wait" => match rest.parse::<f64>() {
            Ok(seconds) if (0.0..=MAX_WAIT).contains(&seconds) => {
                Ok(Typed::Wait(Duration::from_secs_f64(seconds)))
            }
            _ => Err(":wait needs a number of seconds".into()),
        },
        _ => Err(format!(
            "there is no command :{name}; :help shows them, :text sends text with a colon"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        for (line, typed) in [
            ("", Typed::Nothing),
            (" hi: there", Typed::Text(" hi: there".into())),
            (":text :x", Typed::Text(":x".into())),
            (":text", Typed::Text(String::new())),
            (":binary 48 656C", Typed::Binary(b"Hel".to_vec())),
            (":raw", Typed::Raw(vec![])),
            (
                ":fragment 3 caf\u{e9}",
                Typed::Fragment(3, "caf\u{e9}".into()),
            ),
            (
                ":ping are you there",
                Typed::Ping(b"are you there".to_vec()),
            ),
            (
                ":close 4000 why not",
                Typed::Close(Some(4000), "why not".into()),
            ),
            (":close", Typed::Close(None, String::new())),
            (":wait 0.5", Typed::Wait(Duration::from_millis(500))),
            (":quit", Typed::Quit),
        ] {
            assert_eq!(parse(line), Ok(typed), "{line}");
        }
        for wrong in [
            ":",
            ":x",
            ":binary 4",
            ":binary zz",
            ":fragment",
            ":fragment 0 a",
            ":fragment 1001 a",
            ":close 65536",
            ":close x",
            ":wait",
            ":wait -1",
            ":wait nan",
            ":wait inf",
            ":raw \u{e9}",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
