//! What travels on a trunk at once: bytes, and who gets which of them.
//!
//! ```text
//! load   = length-of-steps:u32 length-of-pool:u32 steps pool
//! step   = deliver / end
//! deliver = 1:u8 number-of-slices:u32 *(offset:u32 length:u32) number-of-channels:u32 *(channel:u32)
//! end    = 2:u8 channel:u32    the channel's last byte is written: half-close
//!        / 3:u8 channel:u32    hang up
//!        / 4:u8 channel:u32    reset
//! ```
//!
//! Numbers are in network byte order. Each step counts after the ones before it. The slices of a delivery are parts of the pool, in
//! the order in which the client gets them. **What many clients get is in the pool once**, although each of them may get it without
//! the frames of its own: the pool is put together by the addresses of the bytes in memory, which are those of one buffer for a room's batch.

use bytes::{Buf, Bytes, TryGetError};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// The two lengths before a load.
pub(crate) const HEADER: usize = 8;
/// Most bytes of the steps, and of the pool. A node sends far fewer.
const MOST: usize = 64 * 1024 * 1024;

const DELIVER: u8 = 1;

/// How a channel ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Half-closed, after its last byte.
    Finished = 2,
    /// Closed in both directions.
    HungUp = 3,
    /// Reset.
    Reset = 4,
}

/// A load that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Load {
    steps: Vec<u8>,
    /// The bytes of the pool, in order. They are held until the load has been written, so no other bytes get their addresses.
    pool: Vec<Bytes>,
    pool_len: usize,
    /// Which addresses are in the pool: where they begin, how many, and their offset in the pool.
    regions: BTreeMap<usize, (usize, usize)>,
    /// The last step, if it delivers a single slice: its address and length, and where its number of channels is.
    last: Option<(usize, usize, usize)>,
}

impl Load {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Its bytes, without the header.
    pub(crate) fn len(&self) -> usize {
        self.steps.len() + self.pool_len
    }

    /// Adds `pieces` for the client of `channel`.
    pub(crate) fn deliver(&mut self, channel: u32, pieces: &[Bytes]) {
        let single = match pieces {
            [one] => Some((one.as_ptr().addr(), one.len())),
            _ => None,
        };
        if let (Some((address, length)), Some((last, last_length, count))) = (single, self.last)
            && (address, length) == (last, last_length)
        {
            // The usual case: one more member who gets the same.
            add_one(&mut self.steps[count..]);
            self.put(channel);
            return;
        }
        self.steps.push(DELIVER);
        let slices = self.steps.len();
        self.put(0);
        for piece in pieces {
            self.add_slices(piece, slices);
        }
        self.last = single.map(|(address, length)| (address, length, self.steps.len()));
        self.put(1);
        self.put(channel);
    }

    /// Ends a channel, after what was added for it.
    pub(crate) fn end(&mut self, channel: u32, how: End) {
        self.last = None;
        self.steps.push(how as u8);
        self.put(channel);
    }

    /// Adds the slices of the pool that are `piece`, which get there unless they are there already. The number of slices is at
    /// `count` of the steps.
    fn add_slices(&mut self, piece: &Bytes, count: usize) {
        let begin = piece.as_ptr().addr();
        let (mut at, end) = (begin, begin + piece.len());
        while at < end {
            let known = self.regions.range(..=at).next_back();
            let known = known.filter(|(start, (length, _))| at < *start + length);
            let (offset, until) = match known {
                Some((start, (length, offset))) => (offset + (at - start), end.min(start + length)),
                None => {
                    let next = self.regions.range(at..).next();
                    let until = next.map_or(end, |(start, _)| end.min(*start));
                    let new = piece.slice(at - begin..until - begin);
                    let offset = self.pool_len;
                    self.regions.insert(at, (new.len(), offset));
                    self.pool_len += new.len();
                    self.pool.push(new);
                    (offset, until)
                }
            };
            self.put(offset as u32);
            self.put((until - at) as u32);
            add_one(&mut self.steps[count..]);
            at = until;
        }
    }

    fn put(&mut self, number: u32) {
        self.steps.extend_from_slice(&number.to_be_bytes());
    }

    /// Writes the load to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let lengths = [self.steps.len(), self.pool_len];
        for length in lengths {
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
        out.extend_from_slice(&self.steps);
        for bytes in &self.pool {
            out.extend_from_slice(bytes);
        }
    }

    /// Empties it, to be filled again.
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
        self.pool.clear();
        self.pool_len = 0;
        self.regions.clear();
        self.last = None;
    }
}

/// Counts one more in the number at the beginning of `bytes`.
fn add_one(bytes: &mut [u8]) {
    if let Some(number) = bytes.first_chunk_mut::<4>() {
        *number = (u32::from_be_bytes(*number) + 1).to_be_bytes();
    }
}

/// A load that has come is not one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl From<Malformed> for io::Error {
    fn from(_: Malformed) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, "it sends what is no load")
    }
}

impl From<TryGetError> for Malformed {
    fn from(_: TryGetError) -> Self {
        Malformed
    }
}

/// The lengths of the steps and of the pool that follow a header.
///
/// # Errors
///
/// No node sends so much.
pub(crate) fn lengths(header: [u8; HEADER]) -> Result<(usize, usize), Malformed> {
    let mut header = &header[..];
    let steps = header.try_get_u32()? as usize;
    let pool = header.try_get_u32()? as usize;
    match steps <= MOST && pool <= MOST {
        true => Ok((steps, pool)),
        false => Err(Malformed),
    }
}

/// Whether a whole load is at the beginning of `bytes`, or what is no load.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let header = bytes.first_chunk::<HEADER>();
    header.is_some_and(|header| {
        lengths(*header).map_or(true, |(steps, pool)| bytes.len() - HEADER >= steps + pool)
    })
}

/// Something that a load says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The pieces that were put into the buffer are for each of these channels.
    Deliver(Vec<u32>),
    /// A channel ends.
    End(u32, End),
}

/// The next of `steps`, without which these go on; `None`: there are no more. The pieces of a delivery are put into `pieces`.
///
/// # Errors
///
/// The load is malformed.
pub(crate) fn next_step(
    steps: &mut Bytes,
    pool: &Bytes,
    pieces: &mut Vec<Bytes>,
) -> Result<Option<Step>, Malformed> {
    if !steps.has_remaining() {
        return Ok(None);
    }
    let kind = steps.try_get_u8()?;
    if kind == DELIVER {
        pieces.clear();
        for _ in 0..steps.try_get_u32()? {
            let offset = steps.try_get_u32()? as usize;
            let length = steps.try_get_u32()? as usize;
            pieces.push(slice(pool, offset..offset + length)?);
        }
        let number = steps.try_get_u32()?;
        let channels = (0..number).map(|_| steps.try_get_u32());
        return Ok(Some(Step::Deliver(channels.collect::<Result<_, _>>()?)));
    }
    let how = [End::Finished, End::HungUp, End::Reset];
    let how = how.into_iter().find(|how| *how as u8 == kind);
    let channel = steps.try_get_u32()?;
    Ok(Some(Step::End(channel, how.ok_or(Malformed)?)))
}

fn slice(pool: &Bytes, range: Range<usize>) -> Result<Bytes, Malformed> {
    match range.end <= pool.len() {
        true => Ok(pool.slice(range)),
        false => Err(Malformed),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
