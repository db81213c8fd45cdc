//! The arguments of `glassroom wire`.

/// The URL, and changes to the handshake.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WireArgs {
    /// Where to: ws://HOST:PORT/PATH
    pub url: String,
    /// Send this token as Authorization: Bearer
    #[arg(long, value_name = "JWT")]
    pub token: Option<String>,
    /// Offer this subprotocol, may be repeated
    #[arg(long, value_name = "NAME")]
    pub protocol: Vec<String>,
    /// Add this header line, may be repeated; it replaces one of ours, `Name:` leaves one out
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// Claim to be a page of this origin
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}
