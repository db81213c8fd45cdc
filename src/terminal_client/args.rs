//! The arguments of `glassroom wire`.

/// Shown below the options.
const EXIT_CODES: &str = "\
Exit codes:
  0  both ends sent a Close, and the server's says 1000, 1001, nothing, or repeats the code that
     this client sent first
  1  the handshake was refused or wrong; the server broke a rule; it ended or reset TCP without a
     Close; it left our Close without an answer for 5 seconds; its Close has another code
  2  the arguments are wrong

With --exam:
  0  the server keeps every rule that it has to keep
  1  it breaks one; no right handshake succeeded; it left no time for questions, or was gone
  2  the arguments are wrong

The last line on standard error says which; with --json, so does the last object: `end`, or
`summary` of an exam.";

/// The URL, and changes to the handshake.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct WireArgs {
    /// Where to: ws://HOST:PORT/PATH
    pub url: String,
    /// Send this token as Authorization: Bearer
    #[arg(long, value_name = "JWT")]
    pub token: Option<String>,
    /// Offer this subprotocol, may be repeated
    #[arg(long, value_name = "NAME")]
    pub protocol: Vec<String>,
    /// Add or replace a header line, may be repeated; `Name:` leaves one out
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// Claim to be a page of this origin
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Write all bytes to this file, for Wireshark; it holds the token too
    #[arg(long, value_name = "FILE", conflicts_with = "exam")]
    pub pcapng: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) exam: ExamArgs,
}

/// How to examine a server.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ExamArgs {
    /// Examine a server that echoes text and binary against RFC 6455: one{n}verdict per rule, with its
    /// section and how firmly it says so
    #[arg(long)]
    pub(crate) exam: bool,
    /// The server does not echo: leave out what only an echo can show
    #[arg(long, requires = "exam")]
    pub(crate) no_echo: bool,
    /// Only this verdict and those it needs, repeatable; a wrong ID lists all
    #[arg(long, value_name = "ID", requires = "exam")]
    pub(crate) only: Vec<String>,
    /// Longest wait for a reaction; 30 times that for the exam
    #[arg(long, value_name = "SECONDS", requires = "exam", default_value = "2")]
    pub(crate) timeout: u64,
}
