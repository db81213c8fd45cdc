use super::*;

#[test]
fn hand_made_events_are_json_with_the_type_first() {
    let mut buffer = BytesMut::new();
    let (room, text) = ("a\"b", Json::quote("x\ny"));
    let from = r#"{"id":"i","name":"n"}"#;
    put_message(
        &mut buffer,
        (&message_head(room), 7),
        from,
        &text,
        Some(3),
        99,
    );
    let json = r#"{"type":"message","room":"a\"b","seq":7,"from":{"id":"i","name":"n"},"text":"x\ny","reply_to":3,"at":99}"#;
    assert_eq!(frame::payload(&buffer), json.as_bytes());
    buffer.clear();
    put_send_ack(&mut buffer, &Json::quote("r"), &Json::quote(room), 7, 99);
    let json = r#"{"type":"ack","ref":"r","room":"a\"b","seq":7,"at":99}"#;
    assert_eq!(frame::payload(&buffer), json.as_bytes());
}

#[test]
fn what_is_not_there_is_left_out() {
    let reference = Json::quote("r");
    let ack = ServerMessage::Ack {
        reference: &reference,
        room: None,
        at: None,
    };
    assert_eq!(frame::payload(&ack.frame()), br#"{"type":"ack","ref":"r"}"#);
    let error = ServerMessage::Error {
        reference: None,
        code: "muted",
        message: "m",
        retry_after: None,
        rejection: None,
    };
    assert_eq!(
        frame::payload(&error.frame()),
        br#"{"type":"error","code":"muted","message":"m"}"#
    );
}
