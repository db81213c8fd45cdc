//! The bench `cluster`: two nodes and their engine beside one server. All of them share the cores of this machine, so the CPU time
//! of each process says more than the throughput: on machines of their own, the primary's is what bounds the cluster.

use crate::ledger::Fault;
use crate::load::{self, Pace, Plan, Sample};
use crate::options::Options;
use crate::progress;
use crate::report::{median, number, rate, short};
use crate::server::{Directory, Launch, Process, Server};
use crate::settings::Settings;
use crate::store::with_store;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Members of the room.
const MEMBERS: [usize; 3] = [30, 100, 1000];
/// That of `--quick`.
const QUICK: usize = 30;
/// Messages per second that come alone.
const ALONE: u32 = 50;
/// Deliveries per second that do not load the machine.
const LIGHT: usize = 30_000;
/// So many times as long as others is measured what comes alone.
const LONGER: u32 = 4;
/// How long the engine may take to answer.
const START: Duration = Duration::from_secs(20);
/// The programs that can be the engine. Debian's `redis-tools` has it under the last name only.
const ENGINES: [&str; 3] = ["valkey-server", "redis-server", "redis-check-rdb"];

/// Which servers there are, and where the clients connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrangement {
    OneServer,
    AtThePrimary,
    HalfAndHalf,
    AtTheFollower,
}

const ARRANGEMENTS: [(Arrangement, &str); 4] = [
    (Arrangement::OneServer, "one server"),
    (Arrangement::AtThePrimary, "two nodes, all at the primary"),
    (Arrangement::HalfAndHalf, "two nodes, half at each"),
    (Arrangement::AtTheFollower, "two nodes, all at the follower"),
];

/// One load of one arrangement, and what was measured.
#[derive(Debug)]
pub struct Row {
    arrangement: (Arrangement, &'static str),
    members: usize,
    full: bool,
    samples: Vec<Sample>,
}

impl Row {
    fn plan(&self, options: &Options) -> Plan {
        let rate = ALONE.min((LIGHT / self.members) as u32);
        let (pace, times) = match self.full {
            true => (Pace::ClosedLoop { window: 8 }, 1),
            false => (Pace::OpenLoop { rate: rate.into() }, LONGER),
        };
        Plan {
            clients: self.members,
            rooms: 1,
            senders: 8,
            pace,
            time: options.time * times,
        }
    }
}

/// Runs everything, round by round.
pub fn measure(options: &Options) -> Result<Vec<Row>, Fault> {
    let sizes = MEMBERS.into_iter();
    let sizes = sizes.filter(|&members| !options.quick || members <= QUICK);
    let loads = sizes.flat_map(|members| [(members, false), (members, true)]);
    let mut rows: Vec<Row> = loads
        .flat_map(|(members, full)| {
            ARRANGEMENTS.map(|arrangement| Row {
                arrangement,
                members,
                full,
                samples: Vec::new(),
            })
        })
        .collect();
    // No Pings, which would count as part of the messages.
    let settings = with_store(&options.settings).with("heartbeat", "interval", "\"10m\"");
    for round in 0..options.rounds {
        for row in &mut rows {
            let (load, (_, name)) = (if row.full { "full" } else { "alone" }, row.arrangement);
            let name = format!(
                "round {}, {} members, {load}, {name}",
                round + 1,
                row.members
            );
            let sample =
                run(options, &settings, row).map_err(|fault| format!("{name}: {fault}"))?;
            progress(&name, &sample);
            row.samples.push(sample);
        }
    }
    Ok(rows)
}

fn run(options: &Options, settings: &Settings, row: &Row) -> Result<Sample, Fault> {
    let (arrangement, plan) = (row.arrangement.0, row.plan(options));
    if arrangement == Arrangement::OneServer {
        return load::run(&Server::glassroom(&options.launch(settings))?, plan);
    }
    let engine = Engine::start(&options.data)?;
    let url = format!("\"redis://127.0.0.1:{}/0\"", engine.port);
    let settings = settings.with("cluster", "url", &url);
    let node = |name: &'static str, secret: Option<&[u8]>| {
        let settings = settings.with("cluster", "node", &format!("{name:?}"));
        Server::glassroom(&Launch {
            binary: &options.server,
            settings: &settings,
            data: &options.data,
            history: None,
            name,
            secret,
        })
    };
    let mut primary = node("primary", None)?;
    let follower = node("follower", Some(primary.secret()))?;
    follower.has_trunk(&primary)?;
    primary.companions = vec![follower.pid(), engine.process.0.id()];
    primary.doors = match arrangement {
        Arrangement::HalfAndHalf => vec![primary.address, follower.address],
        Arrangement::AtTheFollower => vec![follower.address],
        _ => vec![primary.address],
    };
    load::run(&primary, plan)
}

impl Server {
    /// Waits until a follower has its trunk to this primary.
    fn has_trunk(&self, primary: &Server) -> Result<(), Fault> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if primary.metric("cluster_trunks")? >= 1.0 {
                return Ok(());
            }
        }
        Err(format!("{} has no trunk to the primary", self.address).into())
    }
}

/// A Redis or Valkey that keeps everything that it has confirmed.
struct Engine {
    port: u16,
    // Fields are dropped in this order: the process ends before its directory is removed.
    process: Process,
    _data: Directory,
}

impl Engine {
    fn start(data: &Path) -> Result<Engine, Fault> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths: Vec<PathBuf> = std::env::split_paths(&paths).collect();
        let mut programs = ENGINES
            .iter()
            .flat_map(|name| paths.iter().map(move |path| path.join(name)));
        let program = programs.find(|path| path.is_file());
        let program = program.ok_or("this bench needs redis-server or valkey-server")?;
        let data = Directory::new(data, "engine").map_err(|error| error.to_string())?;
        let failed = |error: std::io::Error| format!("{}: {error}", program.display());
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.map_err(failed)?.port();
        let child = Command::new(&program)
            // The program looks by which name it is called.
            .arg0("redis-server")
            .current_dir(&data.0)
            .args(["--port", &port.to_string(), "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let engine = Engine {
            port,
            process: Process(child),
            _data: data,
        };
        let until = Instant::now() + START;
        while !engine.answers() {
            if Instant::now() > until {
                return Err("the engine does not start".into());
            }
            std::thread::yield_now();
        }
        Ok(engine)
    }

    fn answers(&self) -> bool {
        let answer = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).map(|()| answer)
        });
        answer.is_ok_and(|answer| answer == *b"+PONG")
    }
}

/// The table.
pub fn markdown(rows: &[Row], options: &Options, machine: &str) -> String {
    let seconds = options.time.as_secs_f64();
    let mut text = format!(
        "{machine}. Medians of {} rounds of {seconds} s at full load and {} s otherwise; the store is on, the engine syncs \
         each entry to the disk, and all of them share these cores.\n\n\
         | members | load | arrangement | deliveries/s | CPU each: primary | follower | engine | p50 | p99 | p99 of the ack | entries/s |\n\
         |-:|-|-|-:|-:|-:|-:|-:|-:|-:|-:|\n",
        options.rounds,
        f64::from(LONGER) * seconds,
    );
    for row in rows {
        let get = |get: fn(&Sample) -> f64| median(&row.samples, get);
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} µs | {} | {} | {} ms | {} ms | {} ms | {} |\n",
            number(row.members as f64),
            if row.full { "full" } else { "alone" },
            row.arrangement.1,
            rate(get(|s| s.rate)),
            short(get(|s| s.cost)),
            companion(get(|s| s.companions[0])),
            companion(get(|s| s.companions[1])),
            short(get(|s| s.p50) / 1e3),
            short(get(|s| s.p99) / 1e3),
            short(get(|s| s.ack_p99) / 1e3),
            number(get(|s| s.commits)),
        ));
    }
    text
}

fn companion(cost: f64) -> String {
    match cost > 0.0 {
        true => format!("{} µs", short(cost)),
        false => "–".into(),
    }
}

/// One object per row, with every round.
pub fn json(rows: &[Row], machine: &str) -> String {
    let line = |row: &Row| {
        let object = serde_json::json!({
            "suite": "cluster", "members": row.members, "full": row.full, "machine": machine,
            "arrangement": row.arrangement.1, "samples": crate::report::samples(&row.samples),
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}
