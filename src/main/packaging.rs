//! The man page and the completions of a package. They are made by tests, so that the program that is
//! shipped does not contain what makes them: `cargo test --bin glassroom packaging` writes them to
//! `target/packaging`.

use crate::Cli;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// What the command line does not know of itself.
const END: &str = r#".SH FILES
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
\fBNOTIFY_SOCKET\fR, \fBWATCHDOG_USEC\fR, \fBJOURNAL_STREAM\fR
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
"#;

/// Where the files of the package go.
fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/packaging");
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The command line, with what clap adds to it.
fn command() -> Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    command
}

/// The page: the program, then a section for each command.
fn man_page() -> String {
    let command = command();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    let mut page = String::from_utf8(page).unwrap();
    page += &list_of_commands(&man);
    for command in command.get_subcommands() {
        let mut section = Vec::new();
        let man = Man::new(command.clone());
        man.render_synopsis_section(&mut section).unwrap();
        man.render_description_section(&mut section).unwrap();
        man.render_options_section(&mut section).unwrap();
        let section = String::from_utf8(section).unwrap();
        page += &format!(".SH \"GLASSROOM {}\"\n", command.get_name().to_uppercase());
        page += &section.replace(".SH ", ".SS ");
    }
    page + END
}

/// What each command is for. clap_mangen takes it that each has a page of its own.
fn list_of_commands(man: &Man) -> String {
    let mut list = Vec::new();
    man.render_subcommands_section(&mut list).unwrap();
    let list = String::from_utf8(list).unwrap();
    let list = list.replace("SUBCOMMANDS", "COMMANDS").replace("(1)", "");
    list.replace("glassroom\\-", "")
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
    let program = command();
    let commands: Vec<&Command> = program.get_subcommands().collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let name = command.get_name();
        let heading = format!(".SH \"GLASSROOM {}\"\n", name.to_uppercase());
        let (_, section) = page.split_once(&heading).expect(name);
        let section = section.split("\n.SH ").next().unwrap_or_default();
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
        clap_complete::generate(shell, &mut command(), "glassroom", &mut text);
        files.push(write(name, &text));
    }
    // What bash does when somebody types this and the key Tab.
    let script = "set -eu; source \"$0\"; complete -p glassroom >/dev/null\n\
                  COMP_WORDS=(glassroom link --ros) COMP_CWORD=2\n\
                  _glassroom glassroom --ros link; echo \"${COMPREPLY[*]}\"";
    let bash = ["--norc", "-c", script, files[0].to_str().unwrap()];
    if let Some(output) = run("bash", &bash) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), "--roster", "{output:?}");
    }
}
