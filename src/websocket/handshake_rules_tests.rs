//! Tests of [`crate::websocket::handshake_rules`].

use super::*;
use crate::websocket::quotations;
use std::collections::HashSet;

#[test]
fn the_table_has_the_order_of_the_enum_and_each_refusal_once() {
    let mut slugs = HashSet::new();
    for (at, row) in TABLE.iter().enumerate() {
        assert_eq!(row.rule as usize, at, "{:?}", row.rule);
        assert!(row.duty.sentence.ends_with(['.', '…']), "{:?}", row.rule);
        assert!(row.check.is_none_or(|check| check.ends_with(['.', '…'])));
        for slug in row.refusals {
            assert!(slugs.insert(slug), "{slug} twice");
            assert_eq!(HandshakeRule::of_refusal(slug), Some(row.rule));
        }
    }
    assert_eq!(HandshakeRule::of_refusal("not_found"), None);
    assert_eq!(HandshakeRule::Key.to_string(), "RFC 6455 §4.2.1 step 5");
    assert_eq!(HandshakeRule::SingleKey.to_string(), "RFC 6455 §11.3.1");
    assert_eq!(HandshakeRule::SingleHost.to_string(), "RFC 9112 §3.2");
}

#[test]
fn every_sentence_is_in_the_section_that_it_names() {
    for row in &TABLE {
        let check = row.check.map(|sentence| ("4.2.1", sentence));
        for (section, sentence) in check
            .into_iter()
            .chain([(row.duty.section, row.duty.sentence)])
        {
            quotations::assert_literal(section, sentence);
        }
    }
}
