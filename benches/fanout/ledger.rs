//! Checks what one client received: every message of every other sender exactly once and in order,
//! none of its own, one ack for each of its own, and a numbering of the whole room without gaps.
//!
//! Two independent proofs. The texts carry the sender's number and a running number, which must
//! arrive as 0, 1, 2, … per sender: this finds lost, doubled, reordered and mixed-up messages with
//! any server. And `seq` must count up by one: gaps are allowed only at a client's own messages,
//! and its acks must name exactly those.

use std::collections::VecDeque;

/// An error as text. Every fault ends the bench: the speed of a server that loses messages means
/// nothing.
pub type Fault = Box<str>;

/// The messages and acks of one client.
#[derive(Debug)]
pub struct Ledger {
    /// Which sender this client is, if it is one.
    own: Option<usize>,
    /// Per sender, the running number that must come next; at `own`, the number of the next ack.
    next: Box<[u32]>,
    /// The highest `seq` among the messages.
    last: u64,
    /// Gaps between the messages: own messages whose acks have not come.
    skipped: VecDeque<u64>,
    /// Acks of numbers that are not in a gap yet.
    acked: VecDeque<u64>,
}

impl Ledger {
    /// A client that has received nothing, in a room with this number of senders whose last `seq`
    /// is `head`.
    pub fn new(own: Option<usize>, senders: usize, head: u64) -> Self {
        Self {
            own,
            next: vec![0; senders].into(),
            last: head,
            skipped: VecDeque::new(),
            acked: VecDeque::new(),
        }
    }

    /// Enters a message of `sender` with its running number and, if the server numbers messages,
    /// its `seq`.
    pub fn message(&mut self, sender: usize, number: u32, seq: Option<u64>) -> Result<(), Fault> {
        if self.own == Some(sender) {
            return Err(format!("sender {sender} got its own message {number}").into());
        }
        self.count(sender, number)?;
        let Some(seq) = seq else { return Ok(()) };
        // In the common case there is no gap.
        if seq != self.last + 1 {
            if seq <= self.last || self.own.is_none() {
                return Err(format!("seq {seq} came after {}", self.last).into());
            }
            self.skipped.extend(self.last + 1..seq);
            self.match_acks()?;
        }
        self.last = seq;
        Ok(())
    }

    /// Enters the ack of an own message.
    pub fn ack(&mut self, sender: usize, number: u32, seq: Option<u64>) -> Result<(), Fault> {
        if self.own != Some(sender) {
            return Err(format!("an ack for sender {sender} reached another client").into());
        }
        self.count(sender, number)?;
        self.acked.extend(seq);
        self.match_acks()
    }

    /// Checks at the end of a run that the messages and acks of everything in `sent` (per sender)
    /// have arrived.
    pub fn finish(&self, sent: &[u32]) -> Result<(), Fault> {
        for (sender, (&received, &sent)) in self.next.iter().zip(sent).enumerate() {
            if received != sent {
                let what = match self.own == Some(sender) {
                    true => "acks",
                    false => "messages",
                };
                return Err(format!("got {received} of {sent} {what} of sender {sender}").into());
            }
        }
        if let Some(seq) = self.skipped.front() {
            return Err(format!("seq {seq} was neither delivered nor acked").into());
        }
        // Only own messages can come after the last message of the others.
        for (acked, seq) in self.acked.iter().zip(self.last + 1..) {
            if *acked != seq {
                return Err(format!("ack {acked} where {seq} was due").into());
            }
        }
        Ok(())
    }

    fn count(&mut self, sender: usize, number: u32) -> Result<(), Fault> {
        let Some(next) = self.next.get_mut(sender) else {
            return Err(format!("there is no sender {sender}").into());
        };
        if *next == number {
            *next += 1;
            return Ok(());
        }
        let fault = match number < *next {
            true => "doubled or reordered",
            false => "lost or reordered",
        };
        Err(format!("sender {sender}: {number} came where {next} was due: {fault}").into())
    }

    /// Both queues are in ascending order, so their fronts must be the same number.
    fn match_acks(&mut self) -> Result<(), Fault> {
        while let (Some(&skipped), Some(&acked)) = (self.skipped.front(), self.acked.front()) {
            if skipped != acked {
                return Err(format!("seq {skipped} is missing; the ack was for {acked}").into());
            }
            self.skipped.pop_front();
            self.acked.pop_front();
        }
        Ok(())
    }
}
