//! Tokens good and bad. The bad ones are signed by hand, as an attacker or a script would.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::auth::hs256;
use crate::auth::token::keys::MAX_LEN;
use crate::auth::token::{Claims, Keys, TokenError};
use crate::model::role::Role;

const NOW: u64 = 1_800_000_000;
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn keys() -> Keys {
    Keys::new(KEY.to_vec(), None)
}

fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of this header and payload, signed with HMAC-SHA256 whatever the header says.
fn signed(header: &str, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        base64url(header.as_bytes()),
        base64url(payload.as_bytes())
    );
    format!("{input}.{}", base64url(&hs256::mac(KEY, input.as_bytes())))
}

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

fn valid() -> Value {
    json!({"sub": "s-1", "name": "Ann", "exp": NOW + 60})
}

/// The valid claims with one replaced; `null` removes it.
fn with(claim: &str, value: Value) -> String {
    let mut claims = valid();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
        value => claims[claim] = value,
    }
    signed(HEADER, &claims.to_string())
}

#[test]
fn what_is_signed_is_what_is_verified() {
    let keys = keys();
    let claims = Claims {
        sub: "s-1".into(),
        name: "老师".into(), // reserved for guests, not for a signer
        exp: NOW + 3600,
        role: Role::Host,
        rooms: Some(vec!["lobby".into(), "数学".into()]),
        nbf: Some(NOW),
        iat: Some(NOW),
        iat_ms: Some(NOW * 1000),
        whisper: Some(3),
        jti: Some("j".into()),
        device: Some("d".into()),
        lesson: Some(7),
        class: Some("7a 班".into()),
    };
    assert_eq!(keys.verify(&keys.sign(&claims), NOW), Ok(claims));

    let least = keys
        .verify(&signed(HEADER, &valid().to_string()), NOW)
        .unwrap();
    assert_eq!(least.role, Role::Member);
    assert_eq!(least.rooms, None);
}

#[test]
fn claims_that_others_add_do_no_harm() {
    for (claim, value) in [
        ("aud", json!("another")),
        ("iss", json!(["x"])),
        ("extra", json!({"deep": [1, 2, {"er": null}]})),
        ("role", Value::Null),
    ] {
        assert!(keys().verify(&with(claim, value), NOW).is_ok(), "{claim}");
    }
    let null = r#"{"sub":"s","name":"Ann","exp":1800000060,"nbf":null,"rooms":null}"#;
    assert!(keys().verify(&signed(HEADER, null), NOW).is_ok());
}

#[test]
fn time_is_judged_to_the_second() {
    let keys = keys();
    for (claim, value, now, expected) in [
        ("exp", json!(NOW), NOW - 1, None),
        ("exp", json!(NOW), NOW, Some(TokenError::Expired)),
        ("exp", json!(NOW), NOW + 1, Some(TokenError::Expired)),
        ("exp", json!(NOW as f64 + 0.5), NOW, None),
        (
            "exp",
            json!(NOW as f64 + 0.5),
            NOW + 1,
            Some(TokenError::Expired),
        ),
        ("exp", json!(0), NOW, Some(TokenError::Expired)),
        ("exp", json!(-1), NOW, Some(TokenError::Expired)),
        ("exp", json!(1e300), NOW, None),
        ("exp", json!(u64::MAX), NOW, None),
        ("nbf", json!(NOW), NOW - 1, Some(TokenError::NotYetValid)),
        ("nbf", json!(NOW), NOW, None),
        (
            "nbf",
            json!(NOW as f64 - 0.5),
            NOW - 1,
            Some(TokenError::NotYetValid),
        ),
        ("nbf", json!(-1), NOW, None),
    ] {
        let verified = keys.verify(&with(claim, value.clone()), now);
        assert_eq!(verified.err(), expected, "{claim} {value} at {now}");
    }
}

#[test]
fn a_claim_that_is_missing_or_wrong_is_named() {
    let keys = keys();
    for claim in ["sub", "name", "exp"] {
        let verified = keys.verify(&with(claim, Value::Null), NOW);
        assert_eq!(verified, Err(TokenError::MissingClaim(claim)));
    }
    for (claim, value) in [
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("sub", json!("x".repeat(129))),
        ("name", json!(["Ann"])),
        ("name", json!("")),
        ("name", json!("x".repeat(25))),
        ("name", json!("Ann\u{202E}")),
        ("exp", json!("soon")),
        ("exp", json!(true)),
        ("role", json!("admin")),
        ("role", json!("Host")),
        ("role", json!(3)),
        ("rooms", json!("lobby")),
        ("rooms", json!([1])),
        ("rooms", json!(["a b"])),
        ("rooms", json!(vec!["x"; 101])),
        ("nbf", json!("now")),
        ("iat", json!({})),
        ("jti", json!(1)),
        ("device", json!("x".repeat(129))),
        ("lesson", json!(-1)),
        ("lesson", json!(1.5)),
    ] {
        match keys.verify(&with(claim, value.clone()), NOW) {
            Err(TokenError::BadClaim(named, _)) => assert_eq!(named, claim),
            other => panic!("{claim}: {value}: {other:?}"),
        }
    }
    assert!(
        keys.verify(&with("sub", json!("x".repeat(128))), NOW)
            .is_ok()
    );
    assert!(keys.verify(&with("rooms", json!([])), NOW).is_ok());
}

#[test]
fn no_other_algorithm_is_accepted_and_none_least_of_all() {
    let keys = keys();
    let payload = valid().to_string();
    for algorithm in [
        "none", "None", "NONE", "", "hs256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA",
        "ES256K", "XYZ",
    ] {
        let header = json!({"typ": "JWT", "alg": algorithm}).to_string();
        let token = signed(&header, &payload);
        assert_eq!(
            keys.verify(&token, NOW),
            Err(TokenError::Forged),
            "{algorithm}"
        );
        let unsigned = &token[..token.rfind('.').unwrap() + 1];
        assert_eq!(
            keys.verify(unsigned, NOW),
            Err(TokenError::Forged),
            "{algorithm}"
        );
    }
    for header in [
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","typ":7}"#,
        r#"{"alg":"HS256","kid":["a"]}"#,
        r#"{"alg":["HS256"]}"#,
        r#"["HS256"]"#,
        "null",
        "[]",
        "{}",
    ] {
        assert_eq!(
            keys.verify(&signed(header, &payload), NOW),
            Err(TokenError::Forged),
            "{header}"
        );
    }
    // A key that the token itself brings is not looked at.
    let header = r#"{"alg":"HS256","jwk":{"kty":"oct","k":"eHg"},"kid":"../../dev/null"}"#;
    assert!(keys.verify(&signed(header, &payload), NOW).is_ok());
}

#[test]
fn a_changed_token_is_forged() {
    let keys = keys();
    let token = signed(HEADER, &valid().to_string());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("{token}")
    };
    let other = base64url(br#"{"sub":"s-1","name":"Ann","exp":9999999999,"role":"host"}"#);
    for forged in [
        format!("{header}.{other}.{signature}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!("{header}.."),
        format!("{header}.{payload}.AAAA"),
        format!("{header}.{payload}.{}", &signature[..42]).replace('\n', ""),
    ] {
        let error = keys.verify(&forged, NOW).unwrap_err();
        assert!(
            matches!(error, TokenError::Forged | TokenError::Malformed),
            "{forged}"
        );
    }
    assert_eq!(
        keys.verify(&format!("{header}.{other}.{signature}"), NOW),
        Err(TokenError::Forged)
    );
    assert_eq!(keys.verify("", NOW), Err(TokenError::Missing));
}

#[test]
fn garbage_is_malformed() {
    let keys = keys();
    let token = signed(HEADER, &valid().to_string());
    let mut parts = token.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let deep = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    for garbage in [
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        "garbage".to_owned(),
        "é.é.é".to_owned(),
        "\0.\0.\0".to_owned(),
        payload.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}.x"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        "x".repeat(1_000_000),
        format!("{token}{}", "A".repeat(MAX_LEN)),
        signed("not json", &valid().to_string()),
        signed(HEADER, "not json"),
        signed(HEADER, ""),
        signed(HEADER, "null"),
        signed(HEADER, "7"),
        signed(HEADER, r#"["s","Ann",1800000060]"#),
        signed(
            HEADER,
            r#"{"sub":"s","name":"Ann","exp":1800000060,"exp":1900000000}"#,
        ),
        signed(
            HEADER,
            r#"{"sub":"s","name":"Ann","exp":1800000060,"other":1,"other":2}"#,
        ),
        signed(HEADER, r#"{"sub":"s","name":"Ann","exp":1e999}"#),
        signed(
            HEADER,
            &format!(r#"{{"sub":{deep},"name":"Ann","exp":1800000060}}"#),
        ),
        signed(HEADER, "{\"sub\":\"\u{0}\"}"),
    ] {
        let shown: String = garbage.chars().take(80).collect();
        assert_eq!(
            keys.verify(&garbage, NOW),
            Err(TokenError::Malformed),
            "{shown:?}"
        );
    }
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    let keys = keys();
    let token = signed(HEADER, &valid().to_string());
    for at in 0..token.len() {
        for byte in [b'A', b'z', b'.', b'=', b' '] {
            let mut changed = token.clone().into_bytes();
            if changed[at] == byte {
                continue;
            }
            changed[at] = byte;
            let changed = String::from_utf8(changed).unwrap();
            assert!(keys.verify(&changed, NOW).is_err(), "{changed}");
        }
    }
}

#[test]
fn the_previous_secret_verifies_but_does_not_sign() {
    let new = vec![b'n'; 32];
    let claims = Claims {
        sub: "s".into(),
        name: "Ann".into(),
        exp: NOW + 60,
        ..Claims::default()
    };
    let old_token = keys().sign(&claims);
    let rotated = Keys::new(new.clone(), Some(KEY));
    assert_eq!(rotated.verify(&old_token, NOW), Ok(claims.clone()));
    assert_eq!(
        rotated.verify(&old_token, NOW + 60),
        Err(TokenError::Expired)
    );
    let new_token = rotated.sign(&claims);
    assert_eq!(keys().verify(&new_token, NOW), Err(TokenError::Forged));
    let done = Keys::new(new, None);
    assert_eq!(done.verify(&new_token, NOW), Ok(claims));
    assert_eq!(done.verify(&old_token, NOW), Err(TokenError::Forged));
}

#[test]
fn ids_are_stable_opaque_and_differ_by_purpose() {
    let keys = keys();
    let id = keys.public_id("s-1");
    assert_eq!(id.len(), 10);
    assert_eq!(id, keys.public_id("s-1"));
    assert_ne!(id, keys.public_id("s-2"));
    assert_ne!(id, Keys::new(vec![b'x'; 32], None).public_id("s-1"));
    assert_ne!(keys.device_tag("d")[..10], keys.public_id("d"));
    assert_eq!(keys.device_tag("d").len(), 16);
    let guest = keys.guest_sub("d", "ann");
    assert!(guest.starts_with("guest-"), "{guest}");
    assert_ne!(guest, keys.guest_sub("d", "bob"));
    assert_ne!(guest, keys.guest_sub("e", "ann"));
}

#[test]
fn keys_are_not_shown() {
    let shown = format!("{:?}", keys());
    assert!(
        !shown.contains("48, 49") && !shown.contains("0123"),
        "{shown}"
    );
}

#[test]
fn every_error_has_a_word_and_a_sentence() {
    for error in [
        TokenError::Missing,
        TokenError::Malformed,
        TokenError::Forged,
        TokenError::Expired,
        TokenError::NotYetValid,
        TokenError::MissingClaim("exp"),
        TokenError::BadClaim("sub", "text".into()),
    ] {
        let slug = error.slug();
        assert!(
            slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{slug}"
        );
        assert!(error.to_string().contains(' '), "{error}");
    }
}

#[test]
fn a_deeply_nested_header_is_refused_without_a_deep_stack() {
    let verify = || {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), ("{\"a\":[", "]}")] {
            for depth in [4, 50, 100, 126, 127, 128, 129, 900] {
                let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                // Each place in a group of four base64 symbols.
                for space in ["", " ", "  "] {
                    let header = format!(r#"{{{space}"alg":"HS256","x":{deep}}}"#);
                    let token = signed(&header, &valid().to_string());
                    assert_eq!(keys().verify(&token, NOW), Err(TokenError::Malformed));
                    let (opened, _) = token.split_at(token.find('.').unwrap() / 2);
                    assert!(keys().verify(&format!("{opened}.e30.x"), NOW).is_err());
                }
            }
        }
    };
    // Less than a connection has: 64 KiB, and 256 KiB under debug_assertions.
    let kib = if cfg!(debug_assertions) { 128 } else { 32 };
    let thread = std::thread::Builder::new().stack_size(kib << 10);
    thread.spawn(verify).unwrap().join().unwrap();
}
