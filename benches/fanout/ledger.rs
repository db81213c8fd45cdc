//! What one client has got, and whether that is right: every message of every other sender
//! exactly once and in order, none of its own, one ack for each of its own, and one room-wide
//! numbering without gaps under all of it.
//!
//! Two independent proofs. The texts carry the sender's number and a running number, which must
//! arrive as 0, 1, 2, … per sender: that finds what is lost, doubled, reordered or mixed up, with
//! any server. And `seq` must count up by one; where a client's own messages belong there are
//! gaps, and its acks must name exactly those.

use std::collections::VecDeque;

/// What is wrong, in words. Any fault ends the run: a fast server that loses messages is no server.
pub type Fault = Box<str>;

/// The account of one client.
#[derive(Debug)]
pub struct Ledger {
    /// Which sender it is itself, if it is one.
    me: Option<usize>,
    /// Per sender, the running number that must come next; its own counts acks.
    next: Box<[u32]>,
    /// The highest `seq` among messages.
    last: u64,
    /// Numbers between messages: its own, whose acks have not come.
    skipped: VecDeque<u64>,
    /// Acks of numbers that no later message has confirmed.
    acked: VecDeque<u64>,
}

impl Ledger {
    /// A client that has got nothing, in a room of so many senders that has given the numbers up
    /// to `head`.
    pub fn new(me: Option<usize>, senders: usize, head: u64) -> Self {
        let next = vec![0; senders].into();
        Self {
            me,
            next,
            last: head,
            skipped: VecDeque::new(),
            acked: VecDeque::new(),
        }
    }

    /// A message of `sender` with its running number and, from a server that numbers, its `seq`.
    pub fn message(&mut self, sender: usize, number: u32, seq: Option<u64>) -> Result<(), Fault> {
        if self.me == Some(sender) {
            return Err(format!("sender {sender} got its own message {number}").into());
        }
        self.count(sender, number)?;
        let Some(seq) = seq else { return Ok(()) };
        // The common case first: nothing between the last one and this.
        if seq != self.last + 1 {
            if seq <= self.last || self.me.is_none() {
                return Err(format!("seq {seq} came after {}", self.last).into());
            }
            self.skipped.extend(self.last + 1..seq);
            self.settle()?;
        }
        self.last = seq;
        Ok(())
    }

    /// An ack of its own message.
    pub fn ack(&mut self, sender: usize, number: u32, seq: Option<u64>) -> Result<(), Fault> {
        if self.me != Some(sender) {
            return Err(format!("an ack for sender {sender} reached somebody else").into());
        }
        self.count(sender, number)?;
        self.acked.extend(seq);
        self.settle()
    }

    /// The end of a run: the messages and acks of everything in `sent` (per sender) must be here.
    pub fn close(&self, sent: &[u32]) -> Result<(), Fault> {
        for (sender, (&got, &sent)) in self.next.iter().zip(sent).enumerate() {
            if got != sent {
                let what = if self.me == Some(sender) {
                    "acks"
                } else {
                    "messages"
                };
                return Err(format!("got {got} of {sent} {what} of sender {sender}").into());
            }
        }
        // Only its own can be behind the last message of others.
        let behind = self
            .acked
            .iter()
            .zip(self.last + 1..)
            .find(|(acked, seq)| **acked != *seq);
        match (self.skipped.front(), behind) {
            (None, None) => Ok(()),
            (Some(seq), _) => Err(format!("seq {seq} was neither delivered nor acked").into()),
            (None, Some((acked, seq))) => Err(format!("ack {acked} where {seq} was due").into()),
        }
    }

    fn count(&mut self, sender: usize, number: u32) -> Result<(), Fault> {
        match self.next.get_mut(sender) {
            Some(next) if *next == number => *next += 1,
            Some(next) => {
                let fault = if number < *next {
                    "doubled or reordered"
                } else {
                    "lost or reordered"
                };
                let next = *next;
                return Err(format!(
                    "sender {sender}: {number} came where {next} was due: {fault}"
                )
                .into());
            }
            None => return Err(format!("there is no sender {sender}").into()),
        }
        Ok(())
    }

    /// Both queues are in ascending order, so their fronts are the same number or one is wrong.
    fn settle(&mut self) -> Result<(), Fault> {
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
