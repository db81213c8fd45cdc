//! The primary's end of a trunk: a follower opens it, and what the hub sends to the clients of that follower goes on it.
//!
//! Runs on: the `conn-N` of the follower's request, which writes the loads, and `taken-N`, which reads how much the clients have taken.
//! Blocks on: `conn-N` on the next load and on its socket, `taken-N` on the same socket.

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::net::client::{Client, LINGER};
use crate::net::trunk::load::Load;
use crate::net::trunk::{Trunk, Trunks};
use bytes::Buf;
use crossbeam_channel::bounded;
use rustix::net::sockopt;
use std::convert::Infallible;
use std::io::{self, BufReader, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The path of the resource.
pub(crate) const PATH: &str = "/cluster/trunk";
/// The protocol that the connection is upgraded to.
pub(super) const PROTOCOL: &str = "glassroom-trunk";
/// How often something is written, an empty load if nothing waits: each end sees then that the other one is there.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// The same while the server stops.
const SHORT: Duration = Duration::from_millis(20);
/// How long what was written may stay unconfirmed by TCP.
const GONE: Duration = Duration::from_secs(10);
/// The length of a record of the follower: the number of a channel, and the bytes that its client has taken since the last record.
pub(super) const RECORD: usize = 8;
/// The stack of the thread that reads.
const STACK: usize = 96 * 1024;
/// Bytes of a buffer that is kept from one load to the next.
const KEPT: usize = 256 * 1024;

/// Serves a trunk until it breaks, or the server stops. The caller ends the connection.
///
/// # Errors
///
/// Whoever asks is no node of this cluster.
pub(crate) fn serve(
    client: &Arc<Client>,
    head: &Head,
    keys: &Keys,
    trunks: &Arc<Trunks>,
) -> Result<(), Refusal> {
    peer::require(head, keys)?;
    // Others do not take its place.
    client.away.note_trunk();
    let trunk = trunks.open().map_err(|_| Refusal::busy())?;
    let (theirs, its, all) = (Arc::clone(client), Arc::clone(&trunk), Arc::clone(trunks));
    let reader = thread::Builder::new()
        .name(format!("taken-{}", client.id))
        .stack_size(STACK);
    let (ends, ended) = bounded::<()>(0);
    let reader = reader.spawn(move || {
        let _ends = ends;
        let Err(error) = read_all(&theirs, &its);
        // The last ones are still told that the server stops.
        if !all.is_finished() {
            log::info!("connection {}: a trunk has ended: {error}", theirs.id);
            all.close(&its);
        }
    });
    let written = match &reader {
        Ok(_) => write_all(client, &trunk, trunks),
        Err(error) => Err(io::Error::other(error.to_string())),
    };
    trunks.close(&trunk);
    match written {
        Ok(()) => {
            // A node that still reads would lose the end of what it is sent, if we did not read what it says meanwhile.
            client.shut_down_write();
            let _ = ended.recv_timeout(LINGER);
        }
        Err(error) => log::info!("connection {}: a trunk has ended: {error}", client.id),
    }
    client.hang_up();
    Ok(())
}

/// Reads how much the clients have taken.
fn read_all(client: &Client, trunk: &Trunk) -> io::Result<Infallible> {
    client.stream.set_read_timeout(None)?;
    let mut reader = BufReader::new(&client.stream);
    loop {
        let mut record = [0; RECORD];
        reader.read_exact(&mut record)?;
        let mut record = &record[..];
        let channel = record.get_u32();
        trunk.taken(channel, record.get_u32() as usize);
    }
}

fn write_all(client: &Client, trunk: &Trunk, trunks: &Trunks) -> io::Result<()> {
    let mut stream = &client.stream;
    sockopt::set_tcp_user_timeout(stream, GONE.as_millis() as u32)?;
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {PROTOCOL}\r\nGlassroom-Trunk: {}\r\n\r\n",
        trunk.name
    )?;
    let (mut load, mut bytes) = (Load::default(), Vec::new());
    loop {
        let is_finished = trunks.is_finished();
        if is_finished && trunk.is_done() {
            return Ok(());
        }
        trunk.take(&mut load, if is_finished { SHORT } else { BEAT })?;
        load.write(&mut bytes);
        load.clear();
        stream.write_all(&bytes)?;
        trunks.note_written(bytes.len());
        bytes.clear();
        bytes.shrink_to(KEPT);
    }
}
