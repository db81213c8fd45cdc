//! Tests of `naming.rs`: names that are kept for the owners of personal links.

use super::*;
use crate::auth::links::{LinkSecret, Links};
use crate::auth::token::Claims;
use crate::support::scratch::Scratch;
use crate::support::token_bucket::TokenBucket;
use std::sync::Arc;

/// People on a server where Anna has a personal link, and her `sub`.
fn with_a_link_for_anna(scratch: &Scratch) -> (People, String) {
    let links = Links::open(scratch.path()).unwrap();
    let secret = LinkSecret::random().unwrap();
    let entry = secret.entry("Anna".into(), 1).unwrap();
    let sub = entry.sub.clone();
    links.add(vec![entry], false).unwrap();
    (People::new(Arc::new(links)), sub)
}

fn arrive(people: &mut People, sub: &str, name: &str, role: Role) -> (String, Vec<String>) {
    let now = Ticks::at(0);
    let claims = Claims {
        sub: sub.into(),
        name: name.into(),
        role,
        ..Claims::default()
    };
    let full = TokenBucket::new(crate::chat::gate::VISITS, now);
    let (key, renamed) = people.arrive(&claims, format!("id-{sub}"), full, now);
    let name = |key| people.get(key).map(|p| p.author.name.to_string());
    let renamed = renamed.into_iter().filter_map(name).collect();
    (name(key).unwrap_or_default(), renamed)
}

#[test]
fn a_guest_who_types_the_name_of_a_link_gets_a_number_even_if_its_owner_is_not_here() {
    let scratch = Scratch::new();
    let (mut people, anna) = with_a_link_for_anna(&scratch);
    let mut name = |sub: &str, name, role| arrive(&mut people, sub, name, role).0;
    assert_eq!(name("g1", "Anna", Role::Member), "Anna 2");
    assert_eq!(name("g2", "a.n.n.a", Role::Member), "a.n.n.a 3");
    assert_eq!(name("g3", "Anna 2", Role::Member), "Anna 2 2");
    assert_eq!(name("g4", "Annabel", Role::Member), "Annabel");
    assert_eq!(name(&anna, "Anna", Role::Member), "Anna");
}

#[test]
fn the_owner_gets_the_name_back_from_a_guest_who_was_there_before_the_link() {
    let scratch = Scratch::new();
    let (mut people, anna) = with_a_link_for_anna(&scratch);
    let kept = std::mem::take(&mut people.links);
    assert_eq!(arrive(&mut people, "g1", "anna", Role::Member).0, "anna");
    people.links = kept;
    let (name, renamed) = arrive(&mut people, &anna, "Anna", Role::Member);
    assert_eq!((&*name, &renamed[..]), ("Anna", &["anna 2".to_owned()][..]));
}

#[test]
fn a_host_of_that_name_keeps_it() {
    let scratch = Scratch::new();
    let (mut people, anna) = with_a_link_for_anna(&scratch);
    assert_eq!(arrive(&mut people, "h", "Anna", Role::Host).0, "Anna");
    assert_eq!(arrive(&mut people, &anna, "Anna", Role::Member).0, "Anna 2");
}
