//! Tests of `person.rs`.

use super::*;
use crate::auth::token::Claims;

fn grant(role: Role, rooms: Option<&[&str]>) -> Grant {
    let rooms = rooms.map(|rooms| rooms.iter().map(|&room| room.into()).collect());
    Grant::of(&Claims {
        role,
        rooms,
        ..Claims::default()
    })
}

fn person(grants: &[Grant]) -> Person {
    let now = Ticks::default();
    let bucket = TokenBucket::new(gate::VISITS, now);
    let mut person = Person::new("sub", "id".into(), Role::Member, bucket, now);
    for (n, grant) in grants.iter().enumerate() {
        person.connections.push(ClientId::new(n as u64));
        person.hold(ClientId::new(n as u64), grant.clone());
    }
    person
}

#[test]
fn the_highest_role_in_a_room_is_seen_and_falls_with_its_connection() {
    let member = grant(Role::Member, None);
    let host = grant(Role::Host, Some(&["b"]));
    for grants in [
        [member.clone(), host.clone()],
        [host.clone(), member.clone()],
    ] {
        let mut person = person(&grants);
        let roles = |person: &Person| ["a", "b"].map(|room| person.role_in(room));
        assert_eq!(roles(&person), [Role::Member, Role::Host]);
        let from = |room| person.author_in(room).1.to_owned();
        assert_eq!(from("a"), r#"{"id":"id","name":""}"#);
        assert_eq!(from("b"), r#"{"id":"id","name":"","role":"host"}"#);
        assert_eq!(person.rank_within(&Reach::EVERYWHERE), host.rank());
        let elsewhere = grant(Role::Host, Some(&["c"])).reach;
        assert_eq!(person.rank_within(&elsewhere), member.rank());
        let leaves = grants.iter().position(|grant| *grant == host).unwrap();
        assert!(
            person.release(ClientId::new(leaves as u64)),
            "the badge falls"
        );
        assert_eq!(roles(&person), [Role::Member, Role::Member]);
        assert!(!person.release(ClientId::new(1 - leaves as u64)));
        assert_eq!(
            roles(&person),
            [Role::Member, Role::Member],
            "as the last one was"
        );
        // The next connection replaces the grant that was remembered.
        person.connections.push(ClientId::new(9));
        person.hold(ClientId::new(9), host.clone());
        assert_eq!(person.rank_within(&elsewhere), Rank::LOWEST);
    }
}

#[test]
fn connections_of_one_role_change_nothing_for_others() {
    let member = grant(Role::Member, None);
    let mut person = person(std::slice::from_ref(&member));
    person.connections.push(ClientId::new(5));
    assert!(!person.hold(ClientId::new(5), grant(Role::Member, Some(&["b"]))));
    assert!(person.lower.is_empty());
    assert!(!person.release(ClientId::new(5)));
    person.connections.push(ClientId::new(6));
    assert!(person.hold(ClientId::new(6), grant(Role::Observer, None)));
    assert_eq!(person.role_in("b"), Role::Member);
}

#[test]
fn a_mute_holds_where_it_was_imposed() {
    let mut person = person(&[]);
    let (b, soon, late) = (
        grant(Role::Member, Some(&["b"])).reach,
        Ticks::at(1),
        Ticks::at(2),
    );
    person.mutes = vec![(b, late)];
    assert_eq!(person.muted_in(Some("b")), Some(late));
    assert_eq!(
        (person.muted_in(Some("a")), person.muted_in(None)),
        (None, None)
    );
    person.mutes.push((Reach::EVERYWHERE, soon));
    assert_eq!(person.muted_in(Some("b")), Some(late));
    assert_eq!(
        (person.muted_in(Some("a")), person.muted_in(None)),
        (Some(soon), Some(soon))
    );
}
