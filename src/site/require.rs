//! What a route requires of a request: its method, and the role of its token.

use crate::auth::revoked::COMMAND_LINE;
use crate::auth::token::Claims;
use crate::authenticate;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::role::Role;
use crate::shared::Shared;

/// Accepts GET and HEAD.
pub(super) fn get(head: &Head) -> Result<(), Refusal> {
    match &*head.method {
        "GET" | "HEAD" => Ok(()),
        _ => Err(Refusal::method_not_allowed("GET, HEAD")),
    }
}

/// Accepts POST.
pub(super) fn post(head: &Head) -> Result<(), Refusal> {
    match &*head.method {
        "POST" => Ok(()),
        _ => Err(Refusal::method_not_allowed("POST")),
    }
}

/// Returns the claims of the request's token if its role is at least `role`; otherwise `message`
/// explains the refusal.
pub(super) fn role(
    head: &Head,
    shared: &Shared,
    role: Role,
    message: &'static str,
) -> Result<Claims, Refusal> {
    let claims = authenticate::holder(head, shared)?;
    if claims.role < role {
        return Err(Refusal::hosts_only(message));
    }
    Ok(claims)
}

/// Returns the claims like [`role`], if the token is for all rooms as well; otherwise `everywhere`
/// explains the refusal.
pub(super) fn role_everywhere(
    head: &Head,
    shared: &Shared,
    least: Role,
    (message, everywhere): (&'static str, &'static str),
) -> Result<Claims, Refusal> {
    let claims = role(head, shared, least, message)?;
    match claims.rooms {
        None => Ok(claims),
        Some(_) => Err(Refusal::new(403, "other_room", everywhere)),
    }
}

/// Returns the claims of a token that a command of this program has signed for itself, with the
/// secret of this server. A host's own token is not enough.
pub(super) fn command_line(head: &Head, shared: &Shared) -> Result<Claims, Refusal> {
    let claims = authenticate::holder(head, shared)?;
    if claims.sub != COMMAND_LINE || claims.role < Role::Host {
        let message = "Only the commands of glassroom on the server's machine may do this.";
        return Err(Refusal::new(403, "command_line_only", message));
    }
    Ok(claims)
}
