//! The bench `scaling`: what a message costs as rooms grow, as people write faster, and as rooms become
//! more; and the straight lines that describe it. The store is on, as in a class.
//!
//! A message comes **alone** if the rate is low: it is sent by itself and committed by itself. At **full**
//! load many messages share a system call and a transaction.

use crate::ledger::Fault;
use crate::load::{self, Pace, Plan, Sample};
use crate::options::Options;
use crate::progress;
use crate::report::{median, number, rate, short};
use crate::server::Server;
use crate::statistics::Line;
use crate::store::with_store;

/// Members of the rooms that are compared.
const MEMBERS: [usize; 7] = [10, 30, 100, 300, 1000, 3000, 10_000];
/// Rates of one room of a class: messages per second.
const RATES: [u32; 6] = [30, 100, 300, 1000, 3000, 10_000];
/// How many rooms of a class are compared.
const ROOMS: [usize; 4] = [1, 3, 10, 30];
/// Members of a class.
const CLASS: usize = 30;
/// Messages per second that come alone: the time between them is twice the store's gathering time.
const ALONE: u32 = 50;
/// Larger rooms take seconds for what is in flight at full load.
const LARGE: usize = 1000;
/// Deliveries per second that do not load the machine: a large room gets fewer messages.
const LIGHT: usize = 30_000;
/// So many times as long as others are measured a rate, and large rooms.
const LONGER: u32 = 4;
/// Those of `--quick` have at most so many members, or messages per second.
const QUICK: usize = 100;

/// How the clients send.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    /// So many messages per second in all rooms together.
    Rate(u32),
    /// 8 senders in each room, each with 8 messages in flight.
    Full,
}

/// One load, and what was measured under it.
#[derive(Debug)]
pub struct Point {
    members: usize,
    rooms: usize,
    speed: Speed,
    samples: Vec<Sample>,
}

impl Point {
    fn new(members: usize, rooms: usize, speed: Speed) -> Self {
        let samples = Vec::new();
        Self {
            members,
            rooms,
            speed,
            samples,
        }
    }

    fn plan(&self, options: &Options) -> Plan {
        let (per_room, pace, times) = match self.speed {
            Speed::Full if self.members < LARGE => (8, Pace::ClosedLoop { window: 8 }, 1),
            Speed::Full => (8, Pace::ClosedLoop { window: 8 }, LONGER),
            // The kernel counts CPU time in steps of 10 ms.
            Speed::Rate(rate) => (8, Pace::OpenLoop { rate: rate.into() }, LONGER),
        };
        Plan {
            clients: self.members * self.rooms,
            rooms: self.rooms,
            senders: per_room * self.rooms,
            pace,
            time: options.time * times,
        }
    }

    fn name(&self) -> String {
        let speed = match self.speed {
            Speed::Rate(rate) => format!("{rate} messages/s"),
            Speed::Full => "full".into(),
        };
        format!("{} × {} clients, {speed}", self.rooms, self.members)
    }

    /// CPU time of the server for a message, in µs.
    fn cost(&self) -> f64 {
        median(&self.samples, |s| s.cost) * (self.members - 1) as f64
    }
}

/// The points of one table, in its order: with a rate, and at full load.
#[derive(Debug)]
pub struct Scaling {
    members: Vec<(Point, Point)>,
    rates: Vec<Point>,
    rooms: Vec<(Point, Point)>,
}

impl Scaling {
    fn new(options: &Options) -> Self {
        let most = if options.quick { QUICK } else { usize::MAX };
        let both = |members: usize, rooms| {
            let rate = ALONE.min((LIGHT / members) as u32);
            (
                Point::new(members, rooms, Speed::Rate(rate)),
                Point::new(members, rooms, Speed::Full),
            )
        };
        let sizes = MEMBERS.into_iter().filter(|&members| members <= most);
        let rates = RATES.into_iter().filter(|&rate| rate as usize <= most);
        let rooms = ROOMS.into_iter().filter(|&rooms| rooms * CLASS <= most);
        Self {
            members: sizes.map(|members| both(members, 1)).collect(),
            rates: rates
                .map(|rate| Point::new(CLASS, 1, Speed::Rate(rate)))
                .collect(),
            rooms: rooms.map(|rooms| both(CLASS, rooms)).collect(),
        }
    }

    fn points(&mut self) -> impl Iterator<Item = &mut Point> {
        let members = self.members.iter_mut().flat_map(|(a, b)| [a, b]);
        let rooms = self.rooms.iter_mut().flat_map(|(a, b)| [a, b]);
        members.chain(&mut self.rates).chain(rooms)
    }
}

/// Runs everything, round by round.
pub fn measure(options: &Options) -> Result<Scaling, Fault> {
    let names: Vec<_> = (1..ROOMS[ROOMS.len() - 1])
        .map(crate::codec::room)
        .collect();
    let rooms = format!("[\"lobby\", \"{}\"]", names.join("\", \""));
    let settings = with_store(&options.settings)
        .with("rooms", "list", &rooms)
        // No Pings, which would count as part of the messages.
        .with("heartbeat", "interval", "\"10m\"");
    let mut scaling = Scaling::new(options);
    for round in 0..options.rounds {
        for point in scaling.points() {
            let name = format!("round {}, {}", round + 1, point.name());
            let server = Server::glassroom(&options.launch(&settings))?;
            let sample = load::run(&server, point.plan(options));
            let sample = sample.map_err(|fault| format!("{name}: {fault}"))?;
            progress(&name, &sample);
            point.samples.push(sample);
        }
    }
    Ok(scaling)
}

/// The tables, and the lines in words.
pub fn markdown(scaling: &Scaling, options: &Options, machine: &str) -> String {
    let seconds = options.time.as_secs_f64();
    format!(
        "{machine}. Medians of {} rounds of {seconds} s at full load and {} s otherwise, and from {LARGE} members on; the \
         store is on.\n\n\
         ### Members\n\n{}\n### Rate\n\n{}\n### Rooms\n\n{}",
        options.rounds,
        f64::from(LONGER) * seconds,
        members(&scaling.members),
        rates(&scaling.rates),
        rooms(&scaling.rooms)
    )
}

fn members(rows: &[(Point, Point)]) -> String {
    let line = |get: fn(&(Point, Point)) -> &Point| {
        let points = rows.iter().map(get);
        let points: Vec<_> = points.map(|p| (p.members as f64, p.cost())).collect();
        Line::fit(&points)
    };
    let (alone, full) = (line(|row| &row.0), line(|row| &row.1));
    let mut text = format!(
        "One room. A message that comes alone costs {} µs, and {} µs for each member. At full load these are {} µs \
         and {} µs.\n\n\
         | members | alone: CPU a message | by the line | p50 | full: messages/s | deliveries/s | CPU a message | by the line |\n\
         |-:|-:|-:|-:|-:|-:|-:|-:|\n",
        short(alone.start),
        short(alone.slope),
        short(full.start),
        short(full.slope)
    );
    for (slow, fast) in rows {
        let members = slow.members as f64;
        let deliveries = median(&fast.samples, |s| s.rate);
        text.push_str(&format!(
            "| {} | {} µs | {} µs | {} ms | {} | {} | {} µs | {} µs |\n",
            number(members),
            number(slow.cost()),
            number(alone.at(members)),
            short(median(&slow.samples, |s| s.p50) / 1e3),
            rate(deliveries / (members - 1.0)),
            rate(deliveries),
            number(fast.cost()),
            number(full.at(members)),
        ));
    }
    text
}

fn rates(rows: &[Point]) -> String {
    let mut text = format!(
        "One room of {CLASS}.\n\n| messages/s | CPU a message | cores | transactions/s | p99 | p99 of the ack |\n\
         |-:|-:|-:|-:|-:|-:|\n"
    );
    for point in rows {
        let Speed::Rate(rate) = point.speed else {
            continue;
        };
        let get = |get: fn(&Sample) -> f64| median(&point.samples, get);
        text.push_str(&format!(
            "| {} | {} µs | {} | {} | {} ms | {} ms |\n",
            number(rate.into()),
            number(point.cost()),
            short(get(|s| s.cost * s.rate) / 1e6),
            number(get(|s| s.commits)),
            short(get(|s| s.p99) / 1e3),
            short(get(|s| s.ack_p99) / 1e3),
        ));
    }
    text
}

fn rooms(rows: &[(Point, Point)]) -> String {
    let mut text = format!(
        "Rooms of {CLASS}. Alone, {ALONE} messages a second come in all rooms together.\n\n\
         | rooms | clients | alone: CPU a message | full: messages/s | deliveries/s | CPU a message |\n\
         |-:|-:|-:|-:|-:|-:|\n"
    );
    for (slow, fast) in rows {
        let deliveries = median(&fast.samples, |s| s.rate);
        text.push_str(&format!(
            "| {} | {} | {} µs | {} | {} | {} µs |\n",
            slow.rooms,
            slow.rooms * slow.members,
            number(slow.cost()),
            rate(deliveries / (slow.members - 1) as f64),
            rate(deliveries),
            number(fast.cost()),
        ));
    }
    text
}

/// One object per point, with every round.
pub fn json(scaling: &mut Scaling, machine: &str) -> String {
    let line = |point: &mut Point| {
        let rate = match point.speed {
            Speed::Rate(rate) => Some(rate),
            Speed::Full => None,
        };
        let object = serde_json::json!({
            "suite": "scaling", "members": point.members, "rooms": point.rooms,
            "messages_per_second": rate, "machine": machine,
            "samples": crate::report::samples(&point.samples),
        });
        format!("{object}\n")
    };
    scaling.points().map(line).collect()
}
