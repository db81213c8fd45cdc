//! The command line: parses the arguments, runs one command, prints one error, and picks the exit
//! code. 0: success, 1: the command failed while it ran, 2: the arguments or the configuration are
//! wrong.

#[cfg(feature = "cluster")]
#[path = "main/cluster.rs"]
mod cluster;
#[cfg(not(feature = "cluster"))]
#[path = "main/cluster_none.rs"]
mod cluster;
#[path = "main/common.rs"]
mod common;
#[path = "main/failure.rs"]
mod failure;
#[path = "main/help.rs"]
mod help;
#[path = "main/hint.rs"]
mod hint;
#[path = "main/link.rs"]
mod link;
#[cfg(all(test, feature = "full"))]
#[path = "main/packaging.rs"]
mod packaging;
#[path = "main/print.rs"]
mod print;
#[path = "main/revoke.rs"]
mod revoke;
#[path = "main/status.rs"]
mod status;
#[path = "main/token.rs"]
mod token;
#[cfg(feature = "full")]
#[path = "main/upkeep.rs"]
mod upkeep;

use clap::{Args, Parser, Subcommand};
use common::{Common, Listen};
use failure::Failure;
use glassroom::config::Config;
use glassroom::control::ControlError;
use glassroom::logger;
use glassroom::server::Server;
use glassroom::service::Manager;
use glassroom::signals;
use print::tell;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

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
    /// Run the server (the default without a command)
    Serve(Serve),
    /// Print what goes on in the running server: people, rooms, lesson, store, last backup
    Status {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        args: status::StatusArgs,
    },
    /// Print a token for a person
    Token {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        args: token::TokenArgs,
    },
    /// Print a link that lets a person in: a host or assistant once, a pupil in every lesson
    Link {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        args: link::LinkArgs,
    },
    /// Refuse every token of a person from now on, also in a running server
    Revoke {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        args: revoke::RevokeArgs,
    },
    #[cfg(feature = "full")]
    #[command(flatten)]
    Full(full::Command),
    /// Check the configuration and print it with all defaults; with --data, find damage there
    Check {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        listen: Listen,
    },
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    listen: Listen,
    /// Do not print the banner with addresses, class code and host link
    #[arg(long)]
    quiet: bool,
    /// Put the history aside, damaged or not, and begin a new one; the old file{n}is kept
    #[cfg(feature = "full")]
    #[arg(long)]
    new_history: bool,
}

fn main() -> ExitCode {
    let cli: Cli = help::parse(); // exits with 2 on wrong arguments
    let result = run(cli.command.unwrap_or(Command::Serve(cli.serve)));
    log::logger().flush();
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    let code = match failure {
        Failure::Run(_) => 1,
        Failure::Usage(_) => 2,
    };
    for line in failure.to_string().lines() {
        tell(format_args!("glassroom: {line}"));
    }
    ExitCode::from(code)
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve(args),
        Command::Status { common, args } => {
            let config = common.load()?;
            status::run(&config, &args, cluster::status(&config)).map_err(failure)
        }
        Command::Token { common, args } => token::print(&common.load()?, args).map_err(failure),
        Command::Link { common, args } => link::run(&common.load()?, args).map_err(failure),
        Command::Revoke { common, args } => revoke::run(&common.load()?, args).map_err(failure),
        #[cfg(feature = "full")]
        Command::Full(command) => full::run(command),
        Command::Check { common, listen } => check(common, listen),
    }
}

/// Runs the server until a signal stops it, or until a vital thread panics.
fn serve(args: Serve) -> Result<(), Failure> {
    let mut config = args.common.load()?;
    args.listen.apply(&mut config)?;
    let log = logger::start(&config.log).map_err(Failure::Usage)?;
    #[cfg(feature = "full")]
    let prepare = |config: &Config| match args.new_history {
        true => glassroom::upkeep::begin_new_history(config),
        false => Ok(()),
    };
    #[cfg(not(feature = "full"))]
    let prepare = |_: &Config| Ok(());
    if config.cluster.url.is_some() {
        return cluster::serve(config, &log, args.quiet, prepare);
    }
    let mut signals = signals::Inbox::open()?;
    let panicked = Arc::new(AtomicBool::new(false));
    let (flag, waker) = (Arc::clone(&panicked), signals.handle());
    let server = Server::start(config, prepare, move || {
        flag.store(true, Relaxed);
        waker.close();
    })?;
    let manager = Manager::start(&server.shared)?;
    if !args.quiet {
        tell(hint::banner_of(&server)?);
        hint::print_without_visitors(&server);
    }
    // There is a request, or the closure above has ended the waiting.
    while let Some(request) = signals.wait() {
        match request {
            signals::Request::ReopenLog => log.reopen(),
            signals::Request::Stop => {
                manager.stopping();
                server.stop();
                return Ok(());
            }
        }
    }
    match panicked.load(Relaxed) {
        true => Err("a vital thread has panicked; see the log above".into()),
        false => Ok(()),
    }
}

fn failure(error: ControlError) -> Failure {
    match error {
        ControlError::Usage(message) => Failure::Usage(message),
        ControlError::Failed(error) => Failure::Run(error),
    }
}

/// Prints the configuration. With `--data`, looks for damage in that directory, too.
fn check(common: Common, listen: Listen) -> Result<(), Failure> {
    let data = cfg!(feature = "full") && common.data.is_some();
    let alone = common.config.is_none();
    let mut config = common.load()?;
    listen.apply(&mut config)?;
    for advice in config.advice() {
        tell(format_args!("glassroom: {advice}"));
    }
    if !data || !alone {
        print::line(config.to_toml().trim_end())?;
    }
    #[cfg(feature = "full")]
    if data {
        upkeep::check(&config, alone).map_err(failure)?;
    }
    cluster::check(&config)
}

/// The commands that need the feature `full`.
#[cfg(feature = "full")]
mod full {
    use super::print;
    use super::upkeep::{self, BackupArgs, RestoreArgs};
    use clap::{Args, Subcommand};
    use glassroom::control;
    use glassroom::data_dir::is_running;
    use glassroom::model::time::unix_millis;
    use glassroom::sqlite::archive::Archive;
    use glassroom::sqlite::erase::{self, Erased};
    use glassroom::sqlite::export::Export;
    use glassroom::sqlite::people;
    use glassroom::sqlite::span::Span;
    use glassroom::terminal_client::{self, WireArgs, WireError};
    use glassroom::upkeep::{class_list, existing};
    use std::io::{BufWriter, Write, stdout};

    #[derive(Subcommand)]
    pub enum Command {
        /// Write a transcript, attendance, tasks or the audit log, also while the server runs
        Export(ExportArgs),
        /// Erase a person from the history
        Forget(ForgetArgs),
        /// Talk to a WebSocket server and see every bit of it
        Wire(WireArgs),
        /// Copy the history and the secret to one file, also while the server runs
        Backup {
            #[command(flatten)]
            common: super::Common,
            #[command(flatten)]
            args: BackupArgs,
        },
        /// Put a backup in the place of the history, which is kept; the server must be stopped
        Restore {
            #[command(flatten)]
            common: super::Common,
            #[command(flatten)]
            args: RestoreArgs,
        },
        /// Write a new history from what can be read in a damaged one
        Repair(super::Common),
    }

    #[derive(Args)]
    pub struct ExportArgs {
        #[command(flatten)]
        common: super::Common,
        /// transcript.txt, transcript.csv, transcript.jsonl, attendance.csv, tasks.csv or audit.csv
        #[arg(value_name = "FILE")]
        file: String,
        /// A room [default: all rooms]
        #[arg(long)]
        room: Option<String>,
        /// The first day or moment: 2026-11-27, 2026-11-27T08:00, or milliseconds{n}since 1970 [default: the first message]
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// The last day, or the first moment that is left out again{n}[default: now]
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
    }

    #[derive(Args)]
    pub struct ForgetArgs {
        #[command(flatten)]
        common: super::Common,
        /// The person's name, id or `sub`
        #[arg(value_name = "PERSON")]
        person: String,
    }

    pub fn run(command: Command) -> Result<(), super::Failure> {
        match command {
            Command::Export(args) => export(args),
            Command::Forget(args) => forget(args),
            Command::Wire(args) => wire(args),
            Command::Backup { common, args } => {
                upkeep::backup(&common.load()?, &args).map_err(super::failure)
            }
            Command::Restore { common, args } => {
                upkeep::restore(&common.load()?, &args).map_err(super::failure)
            }
            Command::Repair(common) => upkeep::repair(&common.load()?).map_err(super::failure),
        }
    }

    /// Writes an export to standard output.
    fn export(args: ExportArgs) -> Result<(), super::Failure> {
        let config = args.common.load()?;
        let export = Export::from_file_name(&args.file).ok_or_else(|| {
            let known = Export::ALL.map(Export::file_name).join(", ");
            super::Failure::Usage(format!("{} is unknown; choose one of {known}", args.file))
        })?;
        let archive = Archive::open(&existing(&config)?)?;
        if let Some(room) = &args.room
            && !archive.has_room(room, &config.rooms.list)?
        {
            return Err(format!("the history has no room {room:?}").into());
        }
        let class_list = class_list(&config)?;
        let moment = |option: &str, text: Option<&str>| {
            let moment = text.map(|text| config.zone().moment(text, option == "--to"));
            let moment = moment.transpose();
            moment.map_err(|error| super::Failure::Usage(format!("{option}: {error}")))
        };
        let span = Span {
            room: args.room.as_deref(),
            from: moment("--from", args.from.as_deref())?,
            to: moment("--to", args.to.as_deref())?,
            class_list: &class_list,
            lessons: &[],
        };
        let mut out = BufWriter::new(stdout().lock());
        export.write(&archive, &span, config.zone(), unix_millis(), &mut out)?;
        Ok(out.flush()?)
    }

    /// Erases a person, through the server if it runs.
    fn forget(args: ForgetArgs) -> Result<(), super::Failure> {
        let config = args.common.load()?;
        if is_running(&config.server.data) {
            let name = control::forget(&config, &args.person)
                .map_err(|error| control::or_revoke_link(&config, &args.person, error))
                .map_err(super::failure)?;
            print::line(format!(
                "forgot {name}: erased everything, also in the running server"
            ))?;
            return Ok(());
        }
        let path = existing(&config)?;
        let found = people::find_people(&path, &args.person)?;
        let [person] = &found[..] else {
            let ids: Vec<&str> = found.iter().map(|person| &*person.id).collect();
            let error = control::ControlError::Usage(match ids[..] {
                [] => format!(
                    "the history has nobody with the name or id {:?}",
                    args.person
                ),
                _ => {
                    let ids = ids.join(", ");
                    format!("several people had that name; choose one by id: {ids}")
                }
            });
            let error = control::or_revoke_link(&config, &args.person, error);
            return Err(super::failure(error));
        };
        let erased = erase::erase_person_in_file(&path, &person.sub)?;
        let problem = control::forget_revoked(&config, &person.sub)?;
        let Erased {
            events,
            visits,
            audit,
            tasks,
        } = erased;
        print::line(format!(
            "forgot {}: erased {events} events, {visits} visits, {audit} audit entries and {tasks} \
             tasks",
            person.name
        ))?;
        Ok(problem.iter().try_for_each(print::line)?)
    }

    fn wire(args: WireArgs) -> Result<(), super::Failure> {
        terminal_client::run(args).map_err(|error| match error {
            WireError::Usage(message) => super::Failure::Usage(message),
            other => other.into(),
        })
    }
}
