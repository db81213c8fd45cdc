//! The command line: arguments, log, run, exit code. 0: fine, 1: failed while running, 2: usage
//! or configuration.

use clap::{Args, Parser, Subcommand};
use glassroom::addresses;
use glassroom::auth::token::Claims;
use glassroom::auth::{names, ticket};
use glassroom::banner;
use glassroom::config::{Config, units::parse_duration};
use glassroom::control;
use glassroom::data_dir;
use glassroom::data_dir::{history_path, is_running};
use glassroom::logger;
use glassroom::model::role::Role;
use glassroom::model::time::unix_millis;
use glassroom::server::Server;
use glassroom::sqlite::archive::Archive;
use glassroom::sqlite::span::Span;
use glassroom::sqlite::transcript::{self, Format};
use glassroom::sqlite::{attendance, audit, erase, tasks};
use glassroom::support::random;
use glassroom::terminal_client::{WireArgs, WireError};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::error::Error;
use std::io::{BufWriter, Write, stdout};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

/// A chat room with glass walls: thirty students chat from their browsers, and see the bits.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (this is also what happens without a command)
    Serve(Serve),
    /// Print a token for somebody
    Token(Token),
    /// Print a one-time link for a host of the server that runs on this data directory
    Link(Common),
    /// Write a transcript or the attendance list, also while the server runs
    Export(Export),
    /// Erase a person from the history
    Forget(Forget),
    /// Talk to a WebSocket server and see every bit of it
    Wire(WireArgs),
    /// Check the configuration and print it with all defaults
    Check(Common),
}

#[derive(Args)]
struct Common {
    /// The configuration; without this, chat.toml here if there is one, else the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The directory of everything that is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    common: Common,
    /// Leave out the banner with addresses, class code and host link
    #[arg(long)]
    quiet: bool,
}

#[derive(Args)]
struct Token {
    #[command(flatten)]
    common: Common,
    /// What others will call them
    #[arg(long)]
    name: String,
    /// observer, member, moderator or host
    #[arg(long, default_value = "member")]
    role: Role,
    /// How long it is good: 30s, 10m, 8h, 30d
    #[arg(long, default_value = "8h", value_parser = parse_duration)]
    ttl: Duration,
    /// Who they are; without this, a new person
    #[arg(long, value_name = "ID")]
    sub: Option<String>,
    /// A room they may be in, may be repeated; without this, all rooms
    #[arg(long, value_name = "ROOM")]
    room: Vec<String>,
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    common: Common,
    /// transcript.txt, transcript.csv, transcript.jsonl, attendance.csv, tasks.csv or audit.csv
    #[arg(value_name = "WHAT")]
    what: String,
    /// One room; without this, all of them
    #[arg(long)]
    room: Option<String>,
    /// From when, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    from: Option<u64>,
    /// Until before when, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    to: Option<u64>,
}

#[derive(Args)]
struct Forget {
    #[command(flatten)]
    common: Common,
    /// Their name, id or `sub`
    #[arg(value_name = "WHO")]
    who: String,
}

/// What went wrong, by exit code.
enum Failure {
    Run(Box<dyn Error>),
    Usage(String),
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse(); // usage errors exit with 2 here
    let result = match cli.command {
        None => serve(cli.serve),
        Some(Command::Serve(args)) => serve(args),
        Some(Command::Token(args)) => token(args),
        Some(Command::Link(args)) => link(args),
        Some(Command::Export(args)) => export(args),
        Some(Command::Forget(args)) => forget(args),
        Some(Command::Wire(args)) => wire(args),
        Some(Command::Check(args)) => check(args),
    };
    log::logger().flush();
    let (message, code) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Run(error)) => (error.to_string(), 1),
        Err(Failure::Usage(message)) => (message, 2),
    };
    for line in message.lines() {
        eprintln!("glassroom: {line}");
    }
    ExitCode::from(code)
}

impl Common {
    fn load(self) -> Result<Config, Failure> {
        let usual = Path::new("chat.toml");
        let path = self.config.or_else(|| usual.exists().then(|| usual.into()));
        let loaded = path.map_or_else(|| Ok(Config::default()), |path| Config::load(&path));
        let mut config = loaded.map_err(|error| Failure::Usage(error.to_string()))?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(data) = self.data {
            config.server.data = data;
        }
        Ok(config)
    }
}

fn serve(args: Serve) -> Result<(), Failure> {
    let config = args.common.load()?;
    logger::start(&config.log).map_err(Failure::Usage)?;
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let failed = Arc::new(AtomicBool::new(false));
    let (flag, waker) = (Arc::clone(&failed), signals.handle());
    let server = Server::start(config, move || {
        flag.store(true, Relaxed);
        waker.close();
    })?;
    if !args.quiet {
        eprintln!("{}", banner_of(&server)?);
        watch_for_guests(&server);
    }
    // One signal stops; a panic of a vital thread closes the iterator instead.
    if signals.forever().next().is_some() {
        server.stop();
        return Ok(());
    }
    match failed.load(Relaxed) {
        true => Err("a vital thread has panicked; see the log above".into()),
        false => Ok(()),
    }
}

fn banner_of(server: &Server) -> Result<String, Failure> {
    let shared = &server.shared;
    let lesson = shared.lesson.read().unwrap_or_else(PoisonError::into_inner);
    let ticket = ticket::issue(&shared.keys, &lesson.boot, unix_millis() / 1000)?;
    let code = shared.config.join.enabled.then(|| lesson.code.to_string());
    let addresses = addresses::reachable(server.address);
    Ok(banner::banner(
        &shared.config.server.title,
        &addresses,
        code.as_deref(),
        &ticket,
    ))
}

/// If only this machine has connected after a minute, says what the reason usually is: a part of
/// the banner that comes later, and not of the log, whose level may hide it.
fn watch_for_guests(server: &Server) {
    let shared = Arc::clone(&server.shared);
    if server.address.ip().to_canonical().is_loopback() {
        return; // nobody else can
    }
    let watch = move || {
        thread::sleep(Duration::from_secs(60));
        if !shared.seen_from_outside.load(Relaxed) {
            eprintln!("{}", banner::NOBODY_YET);
        }
    };
    // Only a hint: without the thread there is none.
    let _ = thread::Builder::new()
        .name("hint".into())
        .stack_size(64 * 1024)
        .spawn(watch);
}

fn token(args: Token) -> Result<(), Failure> {
    let config = args.common.load()?;
    let usage = |error: String| Failure::Usage(error);
    let name = names::check(&args.name).map_err(|e| usage(format!("--name: {e}")))?;
    let data = &config.server.data;
    if !data.is_dir() {
        let data = data.display();
        return Err(format!(
            "there is no data directory {data}: start the server, which makes it, or make it \
             yourself, or name the server's own with --data"
        )
        .into());
    }
    let (keys, notices) = data_dir::load_keys(&config)?;
    notices
        .iter()
        .for_each(|notice| eprintln!("glassroom: {notice}"));
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: match args.sub {
            Some(sub) => sub,
            None => format!("person-{}", random::id::<16>()?),
        },
        name,
        exp: now + args.ttl.as_secs(),
        role: args.role,
        rooms: (!args.room.is_empty()).then_some(args.room),
        iat: Some(now),
        ..Claims::default()
    };
    let token = keys.sign(&claims);
    // What the server would refuse is refused here, where somebody can mend it.
    keys.verify(&token, now)
        .map_err(|error| usage(error.to_string()))?;
    println!("{token}");
    Ok(())
}

fn link(args: Common) -> Result<(), Failure> {
    for link in control::host_links(&args.load()?)? {
        println!("{link}");
    }
    Ok(())
}

fn wire(args: WireArgs) -> Result<(), Failure> {
    glassroom::terminal_client::run(args).map_err(|error| match error {
        WireError::Usage(message) => Failure::Usage(message),
        other => other.into(),
    })
}

fn history_of(config: &Config) -> Result<PathBuf, Failure> {
    let path = history_path(config).filter(|path| path.exists());
    path.ok_or_else(|| {
        Failure::Run("nothing is stored here (see [history] path and --data)".into())
    })
}

fn export(args: Export) -> Result<(), Failure> {
    let config = args.common.load()?;
    let (room, from, to) = (args.room.as_deref(), args.from, args.to);
    let (span, zone) = (Span { room, from, to }, config.history.zone);
    let archive = Archive::open(&history_of(&config)?)?;
    if let Some(room) = room
        && !archive.has_room(room, &config.rooms.list)?
    {
        return Err(format!("there is no room {room:?} in the history").into());
    }
    let mut out = BufWriter::new(stdout().lock());
    let format = args
        .what
        .strip_prefix("transcript.")
        .and_then(Format::of_extension);
    match (args.what.as_str(), format) {
        ("audit.csv", _) => audit::write(&archive, &span, zone, &mut out)?,
        ("attendance.csv", _) => attendance::write(&archive, &span, zone, unix_millis(), &mut out)?,
        ("tasks.csv", _) => tasks::write(&archive, &span, zone, &mut out)?,
        (_, Some(format)) => transcript::write(&archive, &span, format, zone, &mut out)?,
        (what, None) => {
            let known = "transcript.txt, transcript.csv, transcript.jsonl, attendance.csv, \
                         tasks.csv or audit.csv";
            return Err(Failure::Usage(format!("there is no {what}; take {known}")));
        }
    }
    Ok(out.flush()?)
}

fn forget(args: Forget) -> Result<(), Failure> {
    let config = args.common.load()?;
    if is_running(&config.server.data) {
        // It forgets what it has in memory, and erases the rest itself.
        let name = control::forget(&config, &args.who)?.map_err(Failure::Usage)?;
        println!("erased of {name}: everything, in the running server too");
        return Ok(());
    }
    let path = history_of(&config)?;
    let found = erase::find(&path, &args.who)?;
    let [person] = &found[..] else {
        let ids: Vec<&str> = found.iter().map(|person| &*person.id).collect();
        return Err(Failure::Usage(match ids.join(", ") {
            none if none.is_empty() => format!("nobody called {:?} is in the history", args.who),
            ids => format!("several were called so; name one by id: {ids}"),
        }));
    };
    let erase::Forgotten {
        events,
        visits,
        audit,
        tasks,
    } = erase::forget_in(&path, &person.sub)?;
    println!(
        "erased of {}: {events} events, {visits} visits, {audit} audit entries, {tasks} tasks",
        person.name
    );
    Ok(())
}

fn check(args: Common) -> Result<(), Failure> {
    print!("{}", args.load()?.to_toml());
    Ok(())
}
