//! The examples below the options of each command. They stand here and not beside the arguments, so that
//! all of them are seen together and a command without one is found (`tests/it/help.rs`).

use clap::{Command, CommandFactory, FromArgMatches};

/// By the name of the command; the program itself has none.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "",
        "  glassroom                                # serve on port 8080; prints the addresses
  glassroom link --name \"Ann Lee\"          # in another terminal: a link for a pupil
  glassroom help link                      # what a command does, with examples",
    ),
    (
        "serve",
        "  glassroom serve
  glassroom serve --listen 192.168.1.20:8080 --data /var/lib/glassroom
  glassroom serve --quiet --config /etc/glassroom/chat.toml --data /var/lib/glassroom",
    ),
    (
        "status",
        "  glassroom status
  glassroom status --json --data /var/lib/glassroom",
    ),
    (
        "token",
        "  glassroom token --name Weather --ttl 30d --room lobby
  glassroom token --name \"Ms Lin\" --role host",
    ),
    (
        "link",
        "  glassroom link                                         # for the host, once
  glassroom link --name \"Ann Lee\"                        # for a pupil, in every lesson
  glassroom link --roster class.csv --html cards.html    # for a class, to print",
    ),
    (
        "revoke",
        "  glassroom revoke \"Ann Lee\"
  glassroom revoke \"Ann Lee\" --undo
  glassroom revoke --list",
    ),
    (
        "export",
        "  glassroom export transcript.txt --room lobby > lobby.txt
  glassroom export attendance.csv --from 2026-11-27 --to 2026-11-27 > friday.csv
  glassroom export audit.csv --from 2026-11-27T08:00",
    ),
    (
        "forget",
        "  glassroom forget \"Ann Lee\"
  glassroom forget \"Ann Lee\" --data /var/lib/glassroom",
    ),
    (
        "wire",
        "  glassroom wire ws://localhost:8080/echo
  glassroom wire --exam ws://localhost:8080/echo",
    ),
    (
        "backup",
        "  glassroom backup monday.db
  glassroom backup --force --data /var/lib/glassroom /srv/backups/latest.db",
    ),
    (
        "restore",
        "  glassroom restore monday.db
  glassroom restore --everything --data /var/lib/glassroom /srv/backups/latest.db",
    ),
    (
        "repair",
        "  glassroom check --data ./data\n  glassroom repair --data ./data",
    ),
    (
        "check",
        "  glassroom check                          # the configuration that is in use
  glassroom check --config new.toml        # before a restart with it
  glassroom check --data ./data            # is the history damaged? exit code 1: yes",
    ),
];

/// The command line, with the examples.
pub fn command<T: CommandFactory>() -> Command {
    with_examples(T::command(), "").mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        with_examples(command, &name)
    })
}

/// The arguments of this process. Prints help or what is wrong, and ends the process then.
pub fn parse<T: CommandFactory + FromArgMatches>() -> T {
    let mut command = command::<T>();
    let matches = command.get_matches_mut();
    T::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

/// The command with its examples, above what stands below its options already.
fn with_examples(command: Command, name: &str) -> Command {
    let Some((_, examples)) = EXAMPLES.iter().find(|(of, _)| *of == name) else {
        return command;
    };
    let below = command.get_after_help().map(ToString::to_string);
    let below = below.map_or_else(String::new, |below| format!("\n\n{below}"));
    command.after_help(format!("Examples:\n{examples}{below}"))
}
