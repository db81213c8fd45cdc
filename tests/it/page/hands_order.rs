//! The model of hands, with answers and events in every order: the ack of a request waits for the disk.

use serde_json::json;

use super::{assert_no_problems, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server};

/// The model alone, with answers and events in orders that a slow disk causes.
const SLOW_DISK: &str = "import('/assets/chat/chat.js').then(({ Chat }) => {
    const sent = [];
    const chat = new Chat({ send: (message) => { sent.push(message); return true; } });
    const told = [];
    chat.hands.lowered = ({ answered }) => told.push(answered ? 'answered' : 'down');
    const me = { id: 'me', name: 'Ada', role: 'member' };
    chat.receive({ type: 'welcome', you: me, rooms: [{ name: 'slow', count: 1 }], default_room: 'slow', whisper: 'hosts',
        limits: { text: 4000, lines: 40, message: 65536 }, server: { time: Date.now() } });
    const join = (seq, hands) => chat.receive({ type: 'joined', room: 'slow', epoch: 'e', seq, recovered: false,
        state: { locked: false, slow: 0, approve: false }, members: [me], hands });
    const room = () => chat.current;
    const queue = () => chat.hands.queue(room()).map((hand) => hand.seq + (hand.mine ? ' mine' : '') + (hand.user ? ' ' + hand.user.name : ''));
    const event = (facts) => chat.receive(Object.assign({ type: 'hand', room: 'slow', at: Date.now() }, facts));
    const ack = (facts) => chat.receive(Object.assign({ type: 'ack', ref: sent[sent.length - 1].ref }, facts));
    const bo = { id: 'bo', name: 'Bo' };
    const seen = {};

    // Events up to that of the answer to join change nothing in its queue.
    join(4, [{ seq: 3, user: bo, position: 1 }]);
    event({ seq: 1, user: bo, up: true, position: 1 });
    event({ seq: 2, of: 1, user: bo, up: false, position: 1 });
    event({ seq: 3, user: bo, up: true, position: 1 });
    seen.joined = queue();

    // Cy's hand went up after ours, and is heard of first.
    chat.hands.raise(room(), { question: 'Why?', anonymous: true }, () => {});
    event({ seq: 6, user: { id: 'cy', name: 'Cy' }, up: true, position: 3 });
    ack({ room: 'slow', seq: 5, at: Date.now() });
    seen.order = queue();

    // Votes come with every open question, and the answer keeps them.
    chat.receive({ type: 'hands', room: 'slow', votes: { 5: 4 } });
    seen.votes = chat.hands.mine(room()).votes;
    event({ seq: 7, of: 5, up: false, position: 2, anonymous: true, answered: true, votes: 4 });
    seen.answered = [queue(), told.splice(0), room().find(7).question, room().find(7).votes];

    // Our hand is down before we hear that it was up.
    chat.hands.raise(room(), { question: '', anonymous: false }, () => {});
    event({ seq: 9, of: 8, user: me, up: false, position: 3 });
    ack({ room: 'slow', seq: 8, at: Date.now() });
    seen.overtaken = queue();

    // Whose a question is comes before the question.
    chat.receive({ type: 'asker', room: 'slow', hand: 10, user: me });
    event({ seq: 10, up: true, position: 3, question: 'From my other tab?', anonymous: true });
    seen.early = queue();

    // An event twice is one.
    event({ seq: 10, up: true, position: 3, question: 'From my other tab?', anonymous: true });
    seen.twice = [queue().length, room().entries.filter((entry) => entry.seq === 10).length];

    // Gone while we were not connected.
    chat.lost(1006);
    join(12, [{ seq: 3, user: bo, position: 1 }]);
    seen.away = [queue(), told.splice(0)];
    return seen;
})";

#[test]
fn answers_may_overtake_events_and_events_answers() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&super::url(&server, ""));
    let seen = page.eval(SLOW_DISK);
    let expected = json!({
        "joined": ["3 Bo"],
        "order": ["3 Bo", "5 mine Ada", "6 Cy"],
        "votes": 4,
        "answered": [["3 Bo", "6 Cy"], ["answered"], "Why?", 4],
        "overtaken": ["3 Bo", "6 Cy"],
        "early": ["3 Bo", "6 Cy", "10 mine Ada"],
        "twice": [3, 1],
        "away": [["3 Bo"], ["down"]],
    });
    assert_eq!(seen, expected);
    assert_no_problems(&mut [("the page", &mut page)]);
}

#[test]
fn hands_in_another_room_wait_for_who_leads_and_each_room_has_its_own_queue() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"group-a\"]\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    host.click("#rooms button[data-room=group-a]");
    host.wait_for(
        "document.querySelector('#room-name').textContent === 'group-a'",
        PATIENCE,
    );
    host.click("#rooms button[data-room=lobby]");
    host.click("#desk-tab-hands");
    bo.granted(json!({"type": "join", "room": "group-a"}));
    bo.granted(json!({"type": "hand", "room": "group-a", "up": true}));
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "Here, too?"}));
    host.wait_for(
        "document.querySelector('#desk-tab-hands .count').textContent === '2'",
        PATIENCE,
    );
    let cards = "document.querySelectorAll('#desk-hands li').length";
    assert_eq!(host.eval(cards), 1);
    let way =
        r"document.querySelector('#hands-elsewhere').innerText.replace(/[\u2068\u2069]/g, '')";
    assert_eq!(host.eval(way), "group-a: one hand is up");
    host.click("#hands-elsewhere > button");
    host.wait_for(
        "document.querySelector('#desk-hands li .place') && !document.querySelector('#desk-hands .desk-text')",
        PATIENCE,
    );
    assert_eq!(host.eval(way), "lobby: one hand is up");
    host.click("#desk-hands [data-act=lower]");
    host.wait_for(&format!("{cards} === 0"), PATIENCE);
    host.click("#hands-elsewhere > button");
    host.wait_for(
        "document.querySelector('#desk-hands .desk-text')?.textContent === 'Here, too?'",
        PATIENCE,
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn a_hand_of_somebody_who_left_says_so_and_is_counted_alike_everywhere() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    let mut cy = Chat::member(&server, "Cy");
    for chat in [&mut bo, &mut cy] {
        chat.granted(json!({"type": "hand", "room": "lobby", "up": true}));
    }
    let text = |selector: &str| {
        format!(r"document.querySelector('{selector}').textContent.replace(/[\u2068\u2069]/g, '')")
    };
    let counted = format!(
        "{} === 'Hands · 2' && {} === '2'",
        text("#people-up-count"),
        text("#desk-tab-hands .count")
    );
    host.wait_for(&counted, PATIENCE);
    let away = "[...document.querySelectorAll('#people-hands li')].map(each => each.innerText.includes('away')).join()";
    assert_eq!(host.eval(away), "false,false");
    drop(bo);
    host.wait_for(&format!("{away} === 'true,false'"), PATIENCE);
    assert_eq!(host.eval(&counted), true);
    host.wait_for(
        &format!("{} === 'Here · 2'", text("#people-count")),
        PATIENCE,
    );
    host.click("#desk-tab-hands");
    wait_for_words(&mut host, "Away now. The hand goes down");
    let cards = "[...document.querySelectorAll('#desk-hands .desk-card')].map(each => each.innerText.includes('Away now')).join()";
    assert_eq!(host.eval(cards), "true,false");
    assert_no_problems(&mut [("the host", &mut host)]);
}
