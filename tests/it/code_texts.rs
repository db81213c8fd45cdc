//! Texts with code: a pupil's program fits into one message, and nobody gains a flood by it.

use serde_json::json;

use crate::harness::{Chat, Server};

fn program(lines: usize) -> String {
    format!("Look\n```c\n{}```", "int x = 1;\n".repeat(lines))
}

#[test]
fn a_long_program_fits_into_one_message_if_it_stands_in_fences() {
    let server = Server::start("");
    let mut ada = Chat::member(&server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    let send = |text: &str| json!({"type": "send", "room": "lobby", "text": text});
    ada.granted(send(&program(397)));
    assert_eq!(bo.expect("message")["text"], program(397));
    ada.refused(send(&program(398)), "too_long");
    let wide = |chars: usize| format!("```\n{}\n```", "好".repeat(chars));
    ada.granted(send(&wide(15_992)));
    ada.refused(send(&wide(15_993)), "too_long");
    // Without fences, or beside them, nothing has changed.
    ada.refused(send(&"int x = 1;\n".repeat(50)), "too_long");
    ada.refused(send(&("x\n".repeat(41) + &program(3))), "too_long");
    ada.refused(send(&("x".repeat(4001) + "\n" + &program(3))), "too_long");
}

#[test]
fn an_edit_and_a_private_message_may_have_code_too() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = Chat::member(&server, "Ada");
    let saved = ada.granted(json!({"type": "send", "room": "lobby", "text": "soon"}));
    let edit = json!({"type": "edit", "room": "lobby", "seq": saved["seq"], "text": program(200)});
    ada.granted(edit);
    ada.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": program(200)}));
    assert_eq!(host.expect("whisper")["text"], program(200));
}

#[test]
fn a_long_text_costs_one_message_for_each_4000_characters() {
    let server = Server::start("[limits]\nburst = 8\nmessages_per_second = 0.001\n");
    let mut ada = Chat::member(&server, "Ada");
    let long = format!("```\n{}\n```", "x".repeat(15_900));
    let send = json!({"type": "send", "room": "lobby", "text": long});
    // The bucket has 8: two of these, and not one short text after them.
    ada.granted(send.clone());
    ada.granted(send);
    ada.refused(
        json!({"type": "send", "room": "lobby", "text": "x"}),
        "rate_limited",
    );
}
