//! What libraries do at the broken endpoints: Python `websockets` and Node `ws`.

use serde_json::Value;

use super::{ENDPOINTS, report};
use crate::harness::Server;
use crate::harness::tools::{self, INSTALL, need};

/// What a library does: the endpoint, its first reaction on the wire, and the close code that it tells its
/// program. A reaction that the RFC forbids would be a fault of the library, and of interest.
#[track_caller]
fn library(server: &Server, told: &Value, prefix: &str) {
    for (name, ..) in ENDPOINTS {
        let report = report(server, &format!("{prefix}-{name}"));
        let told = &told[name];
        let verdict = report["verdict"].as_str().unwrap();
        println!("{prefix} {name}: {} {verdict} {told}", report["did"]);
        assert!(
            matches!(verdict, "demanded" | "permitted"),
            "{name}: {report:#}"
        );
        let is_handshake = report["group"] == "handshake";
        assert_eq!(told["opened"], !is_handshake, "{name}: {told}");
        if report["group"] == "right" {
            assert_eq!(told["code"], 1000, "{name}: {told}");
        } else if !is_handshake {
            let page = report["page"].as_array().unwrap();
            assert!(page.contains(&told["code"]), "{name}: {told}");
        }
    }
}

#[test]
fn python_websockets_meets_every_broken_server() {
    let Some(python) = need(tools::python_websockets(), "Python websockets", INSTALL) else {
        return;
    };
    let mut command = std::process::Command::new(python);
    command.arg(tools::script("broken.py"));
    meet(command, "python");
}

#[test]
fn node_ws_meets_every_broken_server() {
    let Some(mut command) = need(tools::node_ws(), "Node ws", INSTALL) else {
        return;
    };
    command.arg(tools::script("broken.cjs"));
    meet(command, "node-ws");
}

#[track_caller]
fn meet(mut command: std::process::Command, prefix: &str) {
    let server = Server::start("");
    let output = command.arg(server.url("http", "")).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    library(&server, &told, prefix);
}
