//! `https` by a reverse proxy in front, as docs/https.md describes it, with real proxies: the configurations are
//! those of the document, with other names, ports and files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use serde_json::json;

use super::IN_THE_ROOM;
use crate::cdp::{Browser, HOST, PATIENCE};
use crate::harness::tools::{INSTALL, certificate, need, proxy};
use crate::harness::{CLASS_CODE, Chat, Server, TempDir, UNPACED, http, output};

const DOCUMENT: &str = include_str!("../../../docs/https.md");

/// The first block of this language in the document.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let rest = DOCUMENT.split(&begin).nth(1).expect("a block");
    rest.split("```").next().unwrap()
}

/// A proxy in a folder of its own, stopped when dropped.
struct Proxy {
    child: Child,
    said: Lines,
    _dir: TempDir,
    port: u16,
    /// What its clients have to trust.
    authority: PathBuf,
    /// Has it read its configuration again.
    reload: Command,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Both end in order, with their workers.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

/// A port that nobody has. Another test may take it before the proxy does, which then fails to start.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What a proxy says.
type Lines = mpsc::Receiver<String>;

/// Starts a program. Whoever reads what it says can wait for a line.
fn spawn(command: &mut Command) -> (Child, Lines) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    let (send, lines) = mpsc::channel();
    std::thread::spawn(move || {
        said.lines()
            .map_while(Result::ok)
            .all(|line| send.send(line).is_ok())
    });
    (child, lines)
}

fn caddy(server: &Server, port: u16) -> Option<Proxy> {
    let program = need(proxy("caddy"), "Caddy", INSTALL)?;
    let dir = TempDir::new();
    let path = dir.path();
    let admin = format!("unix/{}", path.join("admin.sock").display());
    let site = format!("https://{HOST}:{port} {{\n\ttls internal");
    let site = block("caddyfile")
        .replace("chat.example.org {", &site)
        .replace("127.0.0.1:8080", &server.addr.to_string());
    // What else a machine has is left alone: its ports 80 and 443, and its store of certificates.
    let global = format!(
        "{{\n\tadmin {admin}\n\tskip_install_trust\n\tauto_https disable_redirects\n\tstorage file_system {}\n}}\n",
        path.join("storage").display()
    );
    let file = path.join("Caddyfile");
    fs::write(&file, global + &site).unwrap();
    let with = |action: &str| {
        let mut command = Command::new(&program);
        command.env("HOME", path).env("XDG_CONFIG_HOME", path);
        command
            .args([action, "--adapter", "caddyfile", "--config"])
            .arg(&file);
        command
    };
    let mut reload = with("reload");
    reload.args(["--force", "--address", &admin]);
    let (child, said) = spawn(&mut with("run"));
    let authority = path.join("storage/pki/authorities/local/root.crt");
    let until = Instant::now() + PATIENCE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let line = said.recv_timeout(left).expect("Caddy has no certificate");
        if line.contains("certificate obtained successfully") {
            break;
        }
    }
    Some(Proxy {
        child,
        said,
        port,
        authority,
        reload,
        _dir: dir,
    })
}

fn nginx(server: &Server, port: u16) -> Option<Proxy> {
    let program = need(proxy("nginx"), "nginx", INSTALL)?;
    let dir = TempDir::new();
    let path = dir.path();
    let [authority, key] = certificate(path, HOST)?;
    let of = |name: &str| path.join(name).display().to_string();
    let site = block("nginx")
        .replace("listen 443", &format!("listen 127.0.0.1:{port}"))
        .replace("chat.example.org;", &format!("{HOST};"))
        .replace(
            "/etc/ssl/chat.example.org.pem",
            &authority.display().to_string(),
        )
        .replace("/etc/ssl/chat.example.org.key", &key.display().to_string())
        .replace("127.0.0.1:8080", &server.addr.to_string());
    let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places = places
        .map(|it| format!("{it}_temp_path {};\n", of(it)))
        .concat();
    let whole = format!(
        "daemon off;\npid {};\nerror_log stderr;\nworker_processes 1;\nevents {{}}\nhttp {{\naccess_log off;\n{places}{site}}}\n",
        of("pid")
    );
    let file = path.join("nginx.conf");
    fs::write(&file, whole).unwrap();
    let with = |more: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("-p").arg(path).arg("-c").arg(&file).args(more);
        command
    };
    let (child, said) = spawn(&mut with(&[]));
    Some(Proxy {
        child,
        said,
        port,
        authority,
        reload: with(&["-s", "reload"]),
        _dir: dir,
    })
}

impl Proxy {
    fn url(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.port)
    }

    /// Asks through the proxy; the status, and the body.
    #[track_caller]
    fn curl(&self, path: &str, more: &[&str]) -> (u16, String) {
        let place = format!("{HOST}:{}:127.0.0.1", self.port);
        // The proxy may be about to begin.
        let told = output(
            Command::new("curl")
                .arg("--cacert")
                .arg(&self.authority)
                .args([
                    "-sS",
                    "--retry",
                    "30",
                    "--retry-connrefused",
                    "--retry-delay",
                    "1",
                    "--max-time",
                    "30",
                ])
                .args(["-w", "\n%{http_code}", "--resolve", &place, &self.url(path)])
                .args(more),
        );
        let lines: Vec<String> = self.said.try_iter().collect();
        assert!(told.status.success(), "{told:?}\n{lines:#?}");
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

fn whole_class(start: fn(&Server, u16) -> Option<Proxy>) {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let port = free_port();
    let server = Server::start(&format!(
        "{UNPACED}[server]\ntrusted_proxies = [\"127.0.0.1\"]\nallowed_origins = [\"https://{HOST}:{port}\"]\n"
    ));
    let Some(mut proxy) = start(&server, port) else {
        return;
    };
    let (status, page) = proxy.curl("/", &[]);
    assert!(status == 200 && page.contains("join-form"), "{status}");

    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ann = browser.page();
    ann.trust_every_certificate();
    ann.open(&proxy.url("/"));
    assert_eq!(ann.eval("isSecureContext"), true);
    ann.type_into("#join-name", "Ann");
    ann.type_into("#join-code", CLASS_CODE);
    ann.click("#join-submit");
    ann.wait_for(IN_THE_ROOM, PATIENCE);
    ann.type_into("#composer-text", "hello over TLS");
    ann.press("Enter");
    assert_eq!(host.expect("message")["text"], "hello over TLS");
    ann.click("#glass-open");
    ann.wait_for(
        "document.querySelector('#glass-frames > .frame-row')",
        PATIENCE,
    );
    assert_eq!(ann.problems(), Vec::<String>::new());

    addresses(&proxy);
    downloads(&proxy, &server);

    // The proxy reads its configuration again while the class talks.
    for n in 0..40 {
        host.granted(json!({"type": "send", "room": "lobby", "text": format!("line {n}")}));
        if n == 20 {
            let told = output(&mut proxy.reload);
            assert!(told.status.success(), "{told:?}");
        }
    }
    let seen = "[...document.querySelectorAll('#log .text')].map(it => it.innerText.trim()).filter(it => it.startsWith('line '))";
    ann.wait_for(&format!("{seen}.length === 40"), PATIENCE);
    assert_eq!(ann.eval(&format!("{seen}.at(-1)")), "line 39");
    ann.type_into("#composer-text", "still here");
    ann.press("Enter");
    assert_eq!(host.expect("message")["text"], "still here");
}

/// Clients are told apart by their own addresses, and not by what they write.
fn addresses(proxy: &Proxy) {
    let body = json!({"name": "Eve", "code": "WRONG1", "device": "e"}).to_string();
    let place = format!("{HOST}:{}:127.0.0.1", proxy.port);
    let ca = proxy.authority.display().to_string();
    // One process, because a new wrong code is free every few seconds. Each try claims another address.
    let tries = |from: &str, number: u32| {
        let mut curl = Command::new("curl");
        for n in 0..number {
            curl.args((n > 0).then_some("--next"));
            curl.args([
                "--cacert",
                &ca,
                "-sS",
                "--max-time",
                "30",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} ",
            ])
            .args([
                "--resolve",
                &place,
                "--interface",
                from,
                "-H",
                "Content-Type: application/json",
            ])
            .args(["-H", &format!("X-Forwarded-For: 10.0.0.{n}"), "-d", &body])
            .arg(proxy.url("/api/join"));
        }
        let told = output(&mut curl);
        String::from_utf8_lossy(&told.stdout).into_owned()
    };
    let told = tries("127.0.0.3", 14);
    assert!(told.starts_with("403 ") && told.contains("429"), "{told}");
    let told = tries("127.0.0.4", 1);
    assert!(told.starts_with("403 "), "{told}");
}

fn downloads(proxy: &Proxy, server: &Server) {
    let bearer = format!("Authorization: Bearer {}", server.token("Mr Wu", "host"));
    let path = "/api/transcript.txt?room=lobby";
    let direct = http(server.addr, "GET", path, &format!("{bearer}\r\n"), "").text();
    assert!(direct.contains("hello over TLS"), "{direct}");
    assert_eq!(proxy.curl(path, &["-H", &bearer]), (200, direct));
}

#[test]
fn behind_caddy_page_chat_protocol_view_and_downloads_work_and_a_reload_loses_nothing() {
    whole_class(caddy);
}

#[test]
fn behind_nginx_page_chat_protocol_view_and_downloads_work_and_a_reload_loses_nothing() {
    whole_class(nginx);
}
