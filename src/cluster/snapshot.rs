//! A copy of the primary's history, for a node that comes in or has fallen too far behind.

use crate::auth::token::Keys;
use crate::cluster::files;
use crate::cluster::peer;
use crate::config::Config;
use crate::data_dir::{KnownHistory, history_path};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::net::client::Client;
use crate::sqlite::{backup, restore};
use crate::support::{private_file, random};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The path of the resource.
pub(crate) const PATH: &str = "/cluster/history";
/// How long one read or write of a copy may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the primary may take to make a copy.
const MAKING: Duration = Duration::from_secs(15 * 60);

/// Removes a file when it goes.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Sends a copy of the history to a node. The caller ends the connection.
///
/// # Errors
///
/// Whoever asks is no node of this cluster, or there is no copy to be had.
pub(crate) fn serve(
    client: &Client,
    head: &Head,
    config: &Config,
    keys: &Keys,
) -> Result<(), Refusal> {
    peer::require(head, keys)?;
    let copied = copy(config).and_then(|(file, size, _guard)| {
        let mut stream = &client.stream;
        stream.set_write_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        )?;
        io::copy(&mut BufReader::with_capacity(1 << 16, file), &mut stream)
    });
    match copied {
        Ok(_) => Ok(()),
        Err(error) => {
            log::warn!("a copy of the history for another node failed: {error}");
            Err(Refusal::busy())
        }
    }
}

fn copy(config: &Config) -> io::Result<(File, u64, Temporary)> {
    let data = &config.server.data;
    let path = history_path(config).ok_or(io::ErrorKind::NotFound)?;
    let to = data.join(format!("{}{}", files::COPY, random::id::<5>()?));
    let guard = Temporary(to.clone());
    let files = || files::of(data).map_err(io::Error::other);
    let copied = backup::backup(&path, &to, files);
    copied.map_err(|error| io::Error::other(error.to_string()))?;
    let file = File::open(&to)?;
    let size = file.metadata()?.len();
    Ok((file, size, guard))
}

/// Puts a copy of the history of the primary at `address` in the place of this node's. The data directory is locked.
///
/// # Errors
///
/// There is no copy to be had, or it cannot be put there: the sentence says why.
pub(super) fn take(config: &Config, keys: &Keys, address: &str) -> Result<(), String> {
    let data = &config.server.data;
    let path = history_path(config).ok_or("nothing is stored here")?;
    let to = Temporary(data.join(format!("{}in", files::COPY)));
    fetch(keys, address, &to.0)
        .map_err(|error| format!("no copy of the history from {address}: {error}"))?;
    let restored = restore::restore(&to.0, &path);
    let restored =
        restored.map_err(|error| format!("the copy of the history is unusable: {error:?}"))?;
    if let Some(old) = restored.old {
        log::warn!(
            "the history that this node had is kept as {}",
            old.display()
        );
    }
    let _ = KnownHistory::remove(config);
    files::write(&restored.companions, data)?;
    log::info!("this node has a copy of the history of {address}");
    Ok(())
}

fn fetch(keys: &Keys, address: &str, to: &Path) -> io::Result<()> {
    let mut stream = peer::connect(address, PATIENCE)?;
    // It begins when the copy is made, and a large history on an SD card takes its time.
    stream.set_read_timeout(Some(MAKING))?;
    stream.write_all(peer::request(keys, address, PATH, "").as_bytes())?;
    let mut answer = BufReader::with_capacity(1 << 16, stream);
    let length = peer::answer(&mut answer, 200, "content-length")?;
    answer.get_ref().set_read_timeout(Some(PATIENCE))?;
    let length = length.and_then(|length| length.parse::<u64>().ok());
    let length = length.ok_or_else(|| io::Error::other("it does not say how long the copy is"))?;
    let _ = fs::remove_file(to);
    let mut file = private_file::create_new(to)?;
    let copied = io::copy(&mut answer.take(length), &mut file)?;
    file.sync_all()?;
    match copied == length {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
