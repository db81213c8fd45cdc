//! The exam meets the server that misbehaves on purpose.

use super::exam;
use crate::harness::{Server, http};

#[test]
fn each_broken_endpoint_gets_the_verdict_that_names_its_fault() {
    let server = Server::start("");
    let fault = |name: &str| {
        Some(match name {
            "accept-wrong" | "accept-case" | "no-accept" => "accept",
            "no-upgrade" => "upgrade",
            "no-connection" => "connection",
            "protocol-unrequested" => "protocol",
            "extension-unrequested" => "extension",
            "masked-frame" => "server-unmasked",
            "reserved-bit" | "reserved-opcode" => "server-reserved",
            "length-not-minimal" | "length-top-bit" => "server-lengths",
            "ping-126" | "ping-fragmented" => "server-control",
            "continuation-first" | "interleaved" => "server-fragments",
            "text-not-utf8" | "text-not-utf8-split" => "server-utf8",
            "close-1005" | "close-1006" => "server-close-codes",
            "close-999" => "server-close-defined",
            "close-one-byte" => "server-close",
            "close-reason-not-utf8" => "server-reason",
            "close-unanswered" => "close",
            "data-after-close" => "server-after-close",
            "right" | "ping" | "split-letter" => return None,
            other => panic!("a new endpoint: {other}"),
        })
    };
    let asked = [
        "upgrade",
        "connection",
        "accept",
        "protocol",
        "extension",
        "close",
        "server-unmasked",
        "server-reserved",
        "server-lengths",
        "server-control",
        "server-fragments",
        "server-utf8",
        "server-close",
        "server-close-codes",
        "server-close-defined",
        "server-reason",
        "server-after-close",
    ];
    let only: Vec<&str> = asked.iter().flat_map(|id| ["--only", id]).collect();
    let list = http(server.addr, "GET", "/api/broken", "", "").json();
    for endpoint in list["endpoints"].as_array().unwrap() {
        let name = endpoint["name"].as_str().unwrap();
        let exam = exam(&server.url("ws", &format!("/broken/{name}")), &only);
        let failed = [exam.failed("MUST"), exam.failed("MAY")].concat();
        let wanted: Vec<&str> = fault(name).into_iter().collect();
        assert_eq!(failed, wanted, "{name}");
    }
}
