//! The primary's end of a trunk: a follower opens it, and what the hub sends to the clients of that follower goes on it.
//!
//! Runs on: the `conn-N` of the follower's request. Blocks on: what waits for the trunk, and writing to it.

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::net::client::Client;
use crate::net::trunk::load::Load;
use crate::net::trunk::{Trunk, Trunks};
use rustix::net::sockopt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// The path of the resource.
pub(crate) const PATH: &str = "/cluster/trunk";
/// The protocol that the connection is upgraded to.
pub(super) const PROTOCOL: &str = "glassroom-trunk";
/// How often something is written, an empty load if nothing waits: each end sees then that the other one is there.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// How long what was written may stay unconfirmed by TCP.
const GONE: Duration = Duration::from_secs(10);
/// When the server stops, a trunk ends after this time without anything to send.
const SILENCE: Duration = Duration::from_millis(200);
/// Bytes of a buffer that is kept from one load to the next.
const KEPT: usize = 256 * 1024;

/// Serves a trunk until it breaks, or the server stops. The caller ends the connection.
///
/// # Errors
///
/// Whoever asks is no node of this cluster.
pub(crate) fn serve(
    client: &Client,
    head: &Head,
    keys: &Keys,
    (trunks, stopping): (&Trunks, &AtomicBool),
) -> Result<(), Refusal> {
    peer::require(head, keys)?;
    let trunk = trunks.open().map_err(|_| Refusal::busy())?;
    let ended = write_all(client, &trunk, (trunks, stopping));
    trunks.close(&trunk);
    if let Err(error) = ended {
        log::info!("connection {}: a trunk has ended: {error}", client.id);
    }
    client.hang_up();
    Ok(())
}

fn write_all(
    client: &Client,
    trunk: &Trunk,
    (trunks, stopping): (&Trunks, &AtomicBool),
) -> io::Result<()> {
    let mut stream = &client.stream;
    sockopt::set_tcp_user_timeout(stream, GONE.as_millis() as u32)?;
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {PROTOCOL}\r\nGlassroom-Trunk: {}\r\n\r\n",
        trunk.name
    )?;
    let (mut load, mut bytes) = (Load::default(), Vec::new());
    loop {
        let is_stopping = stopping.load(Relaxed);
        trunk.take(&mut load, if is_stopping { SILENCE } else { BEAT })?;
        if is_stopping && load.is_empty() {
            return Ok(());
        }
        load.write(&mut bytes);
        load.clear();
        stream.write_all(&bytes)?;
        trunks.note_written(bytes.len());
        bytes.clear();
        bytes.shrink_to(KEPT);
    }
}
