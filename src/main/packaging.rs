//! The man page and the completions of a package. They are made by tests, so that the program that is
//! shipped does not contain what makes them: `cargo test --bin glassroom packaging` writes them to
//! `target/packaging`.

use crate::{Cli, help};
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;
use glassroom::model::role::Role;
use glassroom::sqlite::export::Export;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// What the command line does not know of itself.
const END: &str = r#".SH FILES
.TP
\fIchat.toml\fR, \fIdata\fR
The configuration and the data directory of a server that is started by hand, where it is started.
.TP
\fI/etc/glassroom/chat.toml\fR
The configuration of the service. It explains every key. The service reads it when it starts.
.TP
\fI/var/lib/glassroom\fR
The data directory of the service: secret, history, lesson. Commands that name it run as its owner:
.B sudo \-u glassroom glassroom link \-\-config /etc/glassroom/chat.toml \-\-data /var/lib/glassroom
.SH ENVIRONMENT
.TP
\fBGLASSROOM_CONFIG\fR, \fBGLASSROOM_DATA\fR, \fBGLASSROOM_LISTEN\fR
They stand in for \fB\-\-config\fR, \fB\-\-data\fR and \fB\-\-listen\fR; an option wins.
.TP
\fBNO_COLOR\fR
If it is set to anything, the banner and \fBglassroom wire \-\-exam\fR have no colours.
.TP
\fBTZ\fR
The time zone of transcripts and attendance lists, unless \fBhistory.zone\fR in \fIchat.toml\fR names one. Without
both it is that of the machine.
.TP
\fBNOTIFY_SOCKET\fR, \fBWATCHDOG_USEC\fR, \fBWATCHDOG_PID\fR, \fBJOURNAL_STREAM\fR
They are set by systemd, see \fBsd_notify\fR(3) and \fBsystemd.exec\fR(5).
.SH SIGNALS
.TP
\fBSIGINT\fR, \fBSIGTERM\fR, \fBSIGHUP\fR
The server says goodbye to everybody and ends. SIGHUP is ignored under \fBnohup\fR(1).
.TP
\fBSIGUSR1\fR
The server opens its log file again, because it was moved.
.SH "EXIT STATUS"
0: success, 1: the command failed while it ran, 2: the arguments or the configuration are wrong.
\fBglassroom wire\fR says above what each means for it.
"#;

/// Where the files of the package go.
fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/packaging");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The command line, with its examples. The texts of options are on one line: `{n}` is where the help on
/// the screen begins another.
fn command() -> Command {
    let command = help::command::<Cli>().mut_args(on_one_line);
    command.mut_subcommands(|command| command.mut_args(on_one_line))
}

fn on_one_line(arg: Arg) -> Arg {
    let text = arg.get_help().map_or_else(String::new, ToString::to_string);
    arg.help(text.replace("{n}", " "))
}

/// The command line, with what shells offer in the place of each value.
fn completed() -> Command {
    command().mut_args(offered).mut_subcommands(|command| {
        let command = command.mut_args(offered);
        match command.get_name() {
            "token" => command.mut_arg("role", |role| role.value_parser(roles(Role::Observer))),
            "link" => command.mut_arg("role", |role| role.value_parser(roles(Role::Member))),
            "export" => command.mut_arg("file", |file| {
                file.value_parser(PossibleValuesParser::new(
                    Export::ALL.map(Export::file_name),
                ))
            }),
            _ => command,
        }
    })
}

/// Files where a file is asked for, and not for names, dates and addresses.
fn offered(arg: Arg) -> Arg {
    let hint = match arg.get_value_names().and_then(|names| names.first()) {
        _ if !arg.get_action().takes_values() => return arg,
        Some(name) if name == "FILE" => ValueHint::FilePath,
        Some(name) if name == "DIR" => ValueHint::DirPath,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// What clap_complete leaves to fish, which then offers files: the commands after `help`, whose condition
/// counts `help` itself as one of them; the values of arguments without a name; commands that take no file.
fn mended_for_fish(text: &str) -> String {
    let mut text = text.replace(" help\" -f -a", "\" -f -a");
    for command in completed().get_subcommands() {
        let mut named = command.get_positionals();
        if named.any(|arg| arg.get_value_hint() == ValueHint::FilePath && !has_values(arg)) {
            continue;
        }
        let name = command.get_name();
        text +=
            &format!("complete -c glassroom -n \"__fish_glassroom_using_subcommand {name}\" -f");
        for arg in command.get_positionals().filter(|arg| has_values(arg)) {
            let values = arg.get_possible_values();
            let values: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
            text += &format!(" -a \"{}\"", values.join(" "));
        }
        text.push('\n');
    }
    text
}

fn has_values(arg: &Arg) -> bool {
    !arg.get_possible_values().is_empty()
}

/// This role and those above.
fn roles(lowest: Role) -> PossibleValuesParser {
    let roles = Role::ALL.into_iter().filter(|role| *role >= lowest);
    PossibleValuesParser::new(roles.map(Role::as_str))
}

/// The page: the program, then a section for each command.
fn man_page() -> String {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    let mut page = String::from_utf8(page).unwrap();
    page += &body(&command);
    page += &list_of_commands(&man);
    page += &below(&command);
    for command in command.get_subcommands() {
        let section = body(command) + &below(command);
        page += &format!(".SH \"GLASSROOM {}\"\n", command.get_name().to_uppercase());
        page += &section.replace(".SH ", ".SS ");
    }
    page + END
}

/// Usage, description and options.
fn body(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim);
    let usage: Vec<String> = usage.map(escaped).collect();
    let man = Man::new(command.clone());
    let mut rest = Vec::new();
    man.render_description_section(&mut rest).unwrap();
    man.render_options_section(&mut rest).unwrap();
    let rest = String::from_utf8(rest).unwrap();
    format!(".SH SYNOPSIS\n{}\n{rest}", usage.join("\n.br\n"))
}

/// What stands below the options: the examples, and exit codes that are not those of all commands.
fn below(command: &Command) -> String {
    let text = command.get_after_help().map(ToString::to_string);
    let text = text.unwrap_or_default();
    let paragraphs = text.split("\n\n").filter(|text| !text.is_empty());
    paragraphs.map(paragraph).collect()
}

fn paragraph(text: &str) -> String {
    let lines = || text.lines().skip(1).map(str::trim);
    let title = text.lines().next().and_then(|line| line.strip_suffix(':'));
    let Some(title) = title else {
        return format!(".PP\n{}\n", escaped(text));
    };
    let title = title.to_uppercase();
    if title == "EXAMPLES" {
        let lines: Vec<String> = lines().map(escaped).collect();
        return format!(".SH EXAMPLES\n.nf\n{}\n.fi\n", lines.join("\n"));
    }
    let mut list = format!(".SH \"{}\"\n", escaped(&title));
    for line in lines() {
        match line.split_once("  ") {
            Some((code, meaning)) => list += &format!(".TP\n{code}\n{}\n", escaped(meaning)),
            None => list += &format!("{}\n", escaped(line)),
        }
    }
    list
}

/// Text for a page of roff: a minus that can be copied, and nothing that is a request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

/// What each command is for. clap_mangen takes it that each has a page of its own.
fn list_of_commands(man: &Man) -> String {
    let mut list = Vec::new();
    man.render_subcommands_section(&mut list).unwrap();
    let list = String::from_utf8(list).unwrap();
    let list = list.replace("SUBCOMMANDS", "COMMANDS").replace("(1)", "");
    list.replace("glassroom\\-", "")
        + ".TP\nhelp\nPrint the help of a command: \\fBglassroom help link\\fR\n"
}

/// Replaces a file as a whole: tests that run at once see all of it or nothing.
fn write(name: &str, text: &[u8]) -> PathBuf {
    let path = directory().join(name);
    let new = directory().join(format!("{name}.{}", process::id()));
    fs::write(&new, text).unwrap();
    fs::rename(&new, &path).unwrap();
    path
}

/// Runs a program, if it is there: one that is missing is named, and is a failure in CI.
#[track_caller]
fn run(program: &str, args: &[&str]) -> Option<process::Output> {
    match process::Command::new(program).args(args).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_ci = env::var_os("GLASSROOM_CI").is_some_and(|set| !set.is_empty());
            assert!(!is_ci, "GLASSROOM_CI is set and {program} is missing");
            eprintln!("LEFT OUT, {program} is missing: a file of the package is not tried");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

#[test]
fn the_man_page_has_every_command_and_every_option() {
    let page = man_page();
    let path = write("glassroom.1", page.as_bytes());
    assert!(!page.contains("{n}"), "a mark of the help on the screen");
    let mut program = command().disable_help_subcommand(true);
    program.build();
    let commands: Vec<&Command> = program.get_subcommands().collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let name = command.get_name();
        let heading = format!(".SH \"GLASSROOM {}\"\n", name.to_uppercase());
        let (_, section) = page.split_once(&heading).expect(name);
        let section = section.split("\n.SH ").next().unwrap_or_default();
        assert!(section.contains("\n.SS EXAMPLES\n"), "{name}: {section}");
        for arg in command.get_arguments() {
            let word = match arg.get_long() {
                Some(long) => format!("\\-\\-{}", long.replace('-', "\\-")),
                None => arg.get_value_names().unwrap_or_default().concat(),
            };
            assert!(section.contains(&word), "{name}: {word} in {section}");
        }
    }
    let path = path.to_str().unwrap();
    let args = ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path];
    if let Some(output) = run("man", &args) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
}

#[test]
fn the_completions_complete() {
    let mut files = Vec::new();
    for (shell, name) in [
        (Shell::Bash, "glassroom.bash"),
        (Shell::Zsh, "_glassroom"),
        (Shell::Fish, "glassroom.fish"),
    ] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut completed(), "glassroom", &mut text);
        let mut text = String::from_utf8(text).unwrap();
        assert!(!text.contains("{n}"), "{name}: a mark of the help");
        if shell == Shell::Fish {
            text = mended_for_fish(&text);
        }
        files.push(write(name, text.as_bytes()));
    }
    let [bash, zsh, fish] = &files[..] else {
        unreachable!()
    };
    // What bash does when somebody types this and the key Tab. Its `compopt` works nowhere else.
    let script = "set -eu; compopt() { :; }; source \"$0\"; complete -p glassroom >/dev/null\n\
                  COMP_WORDS=(glassroom link --ros) COMP_CWORD=2\n\
                  _glassroom glassroom --ros link; echo \"${COMPREPLY[*]}\"\n\
                  COMP_WORDS=(glassroom link --role m) COMP_CWORD=3\n\
                  _glassroom glassroom m --role; echo \"${COMPREPLY[*]}\"";
    says("bash", &["--norc", "-c", script, path(bash)], BASH);
    let script = "source $argv[1]; complete -C 'glassroom link --ros'\n\
                  complete -C 'glassroom link --role m'\n\
                  complete -C 'glassroom export a'; complete -C 'glassroom help rep'\n\
                  complete -C 'glassroom serve '; complete -C 'glassroom restore Cargo.t'";
    says("fish", &["-N", "-c", script, path(fish)], FISH);
    // A shell without a terminal completes nothing.
    says("zsh", &["-f", "-n", path(zsh)], "");
}

const BASH: &str = "--roster\nmember moderator\n";
const FISH: &str = "--roster\tA class list as CSV (number, name, room): one link for each pupil\n\
                    member\nmoderator\nattendance.csv\naudit.csv\n\
                    repair\tWrite a new history from what can be read in a damaged one\nCargo.toml\n";

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a shell, if it is there, and compares what it says.
#[track_caller]
fn says(shell: &str, args: &[&str], wanted: &str) {
    if let Some(output) = run(shell, args) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(said, wanted, "{shell}: {output:?}");
    }
}
