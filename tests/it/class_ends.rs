//! The end of the lesson of one class, on a server with several: what it takes from the other classes.

use serde_json::json;

use crate::harness::{Chat, Guest, Server};

const TWO: &str = "[join]\nenabled = true\n[rooms]\nlist = [\"a\", \"b\"]\ndefault = \"a\"\n\
    [limits]\nmessages_per_second = 0\n\
    [[classes]]\nname = \"7a\"\nrooms = [\"a\"]\ncode = \"AAAA22\"\n\
    [[classes]]\nname = \"7b\"\nrooms = [\"b\"]\ncode = \"BBBB22\"\n";

fn end_lesson(host: &mut Chat, class: &str) {
    let end = json!({"type": "moderate", "action": "end_lesson", "class": class, "seconds": 0});
    host.granted(end);
}

fn host(server: &Server) -> Chat {
    let token = server.token_with("Ms Lin", "host", json!({"sub": "lin"}));
    Chat::connect(server.addr, &token)
}

#[test]
fn a_ban_ends_with_the_lesson_of_the_class_of_the_guest_and_with_no_other() {
    for restarted in [false, true] {
        let mut server = Server::start(TWO);
        let mut lin = host(&server);
        let bo = Guest::join_with(&server, "Bo", None, "AAAA22");
        bo.connect(&server);
        let ban = json!({"type": "moderate", "action": "ban", "user": bo.id});
        lin.granted(ban);
        if restarted {
            server.stop();
            server.start_again();
            lin = host(&server);
        }
        let joins = || Guest::try_join(&server, "Bo", Some(&bo.device), "AAAA22").status;
        end_lesson(&mut lin, "7b");
        assert_eq!(joins(), 403, "restarted: {restarted}");
        end_lesson(&mut lin, "7a");
        let start = json!({"type": "moderate", "action": "start_lesson", "class": "7a"});
        lin.granted(start);
        assert_eq!(joins(), 201, "restarted: {restarted}");
    }
}
