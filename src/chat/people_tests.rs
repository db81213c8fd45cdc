//! Tests of `people.rs`.

use super::*;
use crate::chat::message::Fingerprint;
use crate::chat::person::KEEP_NAME;
use crate::chat::refs::{Acked, MAX_ALL_REFS};

fn claims(sub: &str, name: &str, role: Role) -> Claims {
    Claims {
        sub: sub.into(),
        name: name.into(),
        role,
        ..Claims::default()
    }
}

fn arrive(people: &mut People, sub: &str, name: &str, role: Role, now: u64) -> String {
    let now = Ticks::at(now);
    let full = TokenBucket::new(crate::chat::gate::VISITS, now);
    let (key, _) = people.arrive(&claims(sub, name, role), format!("id-{sub}"), full, now);
    people
        .get(key)
        .map(|person| person.author.name.to_string())
        .unwrap_or_default()
}

#[test]
fn a_name_in_use_gets_a_suffix_and_one_given_up_is_free_after_a_while() {
    let mut people = People::default();
    assert_eq!(arrive(&mut people, "a", "Ann", Role::Member, 0), "Ann");
    assert_eq!(arrive(&mut people, "b", "ann", Role::Member, 0), "ann 2");
    assert_eq!(
        arrive(&mut people, "a", "Ann", Role::Member, 1),
        "Ann",
        "the same person"
    );
    assert_eq!(
        arrive(&mut people, "c", "Ann", Role::Member, KEEP_NAME),
        "Ann"
    );
}

#[test]
fn many_of_one_name_get_the_numbers_in_order_and_one_given_up_is_given_again() {
    let mut people = People::default();
    for n in 1..=500 {
        let name = arrive(&mut people, &format!("s{n}"), "Ann", Role::Member, 0);
        let expected = if n == 1 {
            "Ann".into()
        } else {
            format!("Ann {n}")
        };
        assert_eq!(name, expected);
    }
    people.forget("s7");
    assert_eq!(arrive(&mut people, "x", "Ann", Role::Member, 0), "Ann 7");
    assert_eq!(arrive(&mut people, "y", "Ann", Role::Member, 0), "Ann 501");
}

#[test]
fn whoever_squats_on_a_hosts_name_gives_it_up() {
    let mut people = People::default();
    assert_eq!(
        arrive(&mut people, "g", "Ms Lin", Role::Member, 0),
        "Ms Lin"
    );
    assert_eq!(arrive(&mut people, "h", "Ms Lin", Role::Host, 0), "Ms Lin");
    assert_eq!(
        arrive(&mut people, "x", "Ms Lin", Role::Member, 1),
        "Ms Lin 3"
    );
    assert_eq!(
        arrive(&mut people, "l", "Ms Lín", Role::Member, 1),
        "Ms Lín 2",
        "a look-alike whose token is older than the host's presence"
    );
    let guest = people.by_id("id-g").and_then(|key| people.get(key));
    assert_eq!(guest.map(|p| &*p.author.name), Some("Ms Lin 2"));
    assert_eq!(people.leaders(), ["Ms Lin"]);
    // The next day's link is another person, who finds the name free; a guest does not.
    assert_eq!(
        arrive(&mut people, "y", "Ms Lin", Role::Member, KEEP_NAME),
        "Ms Lin 2"
    );
    assert_eq!(
        arrive(&mut people, "z", "Ms Lin", Role::Host, KEEP_NAME),
        "Ms Lin"
    );
}

#[test]
fn somebody_with_another_name_keeps_it_when_a_leader_arrives() {
    for (leader, other) in [
        ("Nell", "Neil"),
        ("Lia", "Ila"),
        ("Dan", "cian"),
        ("Anna", "Anna V"),
    ] {
        let mut people = People::default();
        assert_eq!(arrive(&mut people, "g", other, Role::Member, 0), other);
        assert_eq!(arrive(&mut people, "h", leader, Role::Host, 0), leader);
        let guest = people.by_id("id-g").and_then(|key| people.get(key));
        assert_eq!(guest.map(|p| &*p.author.name), Some(other));
        people.forget("g");
        assert_eq!(arrive(&mut people, "x", other, Role::Member, 1), other);
    }
}

#[test]
fn the_name_of_somebody_who_led_lately_is_kept_whatever_their_newest_token_is() {
    let mut people = People::default();
    assert_eq!(arrive(&mut people, "h", "Ms Lin", Role::Host, 0), "Ms Lin");
    assert_eq!(
        arrive(&mut people, "h", "Ms Lin", Role::Member, 1),
        "Ms Lin"
    );
    assert_eq!(people.leaders(), ["Ms Lin"]);
    let late = KEEP_LEADER - 1;
    assert_eq!(
        arrive(&mut people, "x", "Ms Lin", Role::Member, late),
        "Ms Lin 2"
    );
    people.sweep(Ticks::at(late));
    assert_eq!(people.leaders(), ["Ms Lin"]);
    people.sweep(Ticks::at(KEEP_LEADER));
    assert!(people.leaders().is_empty());
    people.sweep(Ticks::at(KNOWN_FOR));
    assert!(people.by_sub("h").is_none(), "and forgotten like all");
}

#[test]
fn guests_of_one_device_share_a_pace_that_outlives_them_while_it_matters() {
    let mut people = People::default();
    let room = crate::model::ids::RoomKey::new(0);
    let join = |people: &mut People, sub: &str, now: Ticks| {
        let guest = Claims {
            device: Some("tablet".into()),
            ..claims(sub, sub, Role::Member)
        };
        let full = TokenBucket::new(crate::chat::gate::VISITS, now);
        people.arrive(&guest, format!("id-{sub}"), full, now).0
    };
    let start = Ticks::at(0);
    let ann = join(&mut people, "ann", start);
    let bo = join(&mut people, "bo", start);
    people.pace_mut(ann).unwrap().speaks_in(room, start);
    let spoke = |people: &People, key| people.pace_of(people.get(key).unwrap()).spoke_in(room);
    assert_eq!(spoke(&people, bo), Some(start));
    let later = Ticks::at(KEEP_NAME);
    people.forget("ann");
    people.forget("bo");
    people.sweep(later);
    let cy = join(&mut people, "cy", later);
    assert_eq!(
        spoke(&people, cy),
        Some(start),
        "a new name is no new start"
    );
    let much_later = later.after(crate::chat::pace::LONGEST_SLOW * 1000);
    people.forget("cy");
    people.sweep(much_later);
    let di = join(&mut people, "di", much_later);
    assert_eq!(spoke(&people, di), None);
}

#[test]
fn absent_persons_are_bounded_and_those_who_left_first_are_forgotten() {
    let mut people = People::default();
    let present = arrive(&mut people, "here", "Here", Role::Member, 0);
    assert_eq!(present, "Here");
    let key = people.by_sub("here").expect("just arrived");
    let person = people.get_mut(key).expect("present");
    person.connections.push(ClientId::new(1));
    let all = (2 * MAX_ABSENT + ARRIVALS_BETWEEN_CHECKS) as u64;
    for n in 1..=all {
        arrive(
            &mut people,
            &format!("s{n}"),
            &format!("Name {n}"),
            Role::Member,
            n,
        );
        let absent = people.iter().count();
        assert!(
            absent <= 1 + MAX_ABSENT + ARRIVALS_BETWEEN_CHECKS,
            "{absent}"
        );
    }
    assert!(people.by_sub("here").is_some());
    assert!(people.by_sub("s1").is_none());
    assert!(people.by_sub(&format!("s{all}")).is_some());
    assert_eq!(people.by_id.len(), people.iter().count());
}

#[test]
fn refs_are_bounded_whatever_the_requests_came_to() {
    let mut people = People::default();
    arrive(&mut people, "ann", "Ann", Role::Member, 0);
    arrive(&mut people, "flood", "Flood", Role::Member, 0);
    let ann = people.by_sub("ann").expect("just arrived");
    let flood = people.by_sub("flood").expect("just arrived");
    let print = |reference| Fingerprint {
        reference,
        content: 1,
    };
    let acked = Acked::Record;
    let start = Ticks::at(0);
    people.remember(ann, (print(0), start), acked);
    let checks = 2 * MAX_ALL_REFS as u64;
    for n in 1..=checks {
        people.remember(flood, (print(n), start), acked);
    }
    let count = |people: &People, key| people.get(key).map_or(0, |person| person.refs.len());
    let all = count(&people, ann) + count(&people, flood);
    assert!(all <= MAX_ALL_REFS + 4096, "{all}");
    assert_eq!(count(&people, ann), 1, "who has few keeps them");
}

fn visitor(sub: &str, name: &str, role: Role) -> Visitor {
    Visitor {
        who: Author {
            sub: sub.into(),
            id: format!("id-{sub}").into(),
            name: name.into(),
            role,
        },
        device: None,
        rooms: vec!["lobby".into()],
        left: 0,
    }
}

#[test]
fn somebody_who_left_is_known_long_after_their_name_is_free() {
    let mut people = People::default();
    arrive(&mut people, "a", "Ann", Role::Member, 0);
    let later = Ticks::at(KEEP_NAME);
    people.sweep(later);
    assert!(people.by_id("id-a").is_some());
    assert_eq!(
        arrive(&mut people, "b", "Ann", Role::Member, KEEP_NAME),
        "Ann"
    );
    people.sweep(Ticks::at(KNOWN_FOR));
    assert!(people.by_id("id-a").is_none());
    assert_eq!(
        arrive(&mut people, "b", "Ann", Role::Member, KNOWN_FOR),
        "Ann",
        "who has the name now keeps it"
    );
}

#[test]
fn those_who_were_here_before_the_start_are_known_by_id_and_keep_their_names_for_a_while() {
    let mut people = People::default();
    let been = crate::model::ids::RoomKey::new(0);
    let full = || TokenBucket::new(crate::chat::gate::VISITS, Ticks::at(0));
    for (visitor, left) in [
        (visitor("lin", "Ms Lin", Role::Host), 0),
        (visitor("b", "Ann", Role::Member), KEEP_NAME),
        (visitor("a", "Ann", Role::Member), 0),
    ] {
        people.visited_before(visitor, vec![been], full(), Ticks::at(left));
    }
    let ann = people
        .by_id("id-b")
        .and_then(|key| people.get(key))
        .unwrap();
    assert_eq!((&*ann.author.name, &ann.been[..]), ("Ann", &[been][..]));
    let lobby = Reach::named(Some(vec!["lobby".into()]));
    let rank = |id| {
        let person = people.by_id(id).and_then(|key| people.get(key));
        person.unwrap().rank_within(&lobby)
    };
    let host = Grant {
        role: Role::Host,
        reach: Reach::EVERYWHERE,
    };
    assert!(rank("id-a") < host.rank());
    assert_eq!(
        rank("id-lin"),
        host.rank(),
        "nobody is below what they were"
    );
    let arrive =
        |people: &mut People, sub, name| arrive(people, sub, name, Role::Member, KEEP_NAME);
    assert_eq!(arrive(&mut people, "x", "Ann"), "Ann 2");
    assert_eq!(arrive(&mut people, "y", "Ms Lin"), "Ms Lin 2");
    assert_eq!(arrive(&mut people, "b", "Ann"), "Ann", "it was kept");
}
