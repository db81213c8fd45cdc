//! The command line as a person.

/// The `sub` of the commands that ask the running server for something. Only a holder of the secret
/// can sign a token for it, so that a host's token is not enough for what only the operator may do.
pub(crate) const COMMAND_LINE: &str = "command-line";
