//! `glassroom link`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::config::units::parse_duration;
use glassroom::control::{self, ControlError, LinkRequest, MadeLinks, PersonalLink, cards};
use glassroom::model::role::Role;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whom the link is for.
#[derive(Args)]
pub struct LinkArgs {
    /// The name of the person, who cannot change it
    #[arg(long, conflicts_with_all = ["roster", "revoke", "list"])]
    name: Option<String>,
    /// member: the link works in every lesson until it is revoked; moderator{n}(an assistant) or host: it
    /// works once, within ten minutes{n}[default: member with --name, otherwise host]
    #[arg(long, value_parser = parse_role, conflicts_with_all = ["roster", "revoke", "list"])]
    role: Option<Role>,
    /// A room that the link is for, may be repeated [default: all rooms]
    #[arg(long, value_name = "ROOM", conflicts_with_all = ["revoke", "list"])]
    room: Vec<String>,
    /// A class of chat.toml: the link is for its rooms, and a host with it{n}leads that class
    #[arg(long, value_name = "NAME", conflicts_with_all = ["room", "revoke", "list"])]
    class: Option<String>,
    /// How long a token from the link is valid: 30m, 8h{n}[default: join.ttl, for those who lead 12h]
    #[arg(long, value_parser = parse_duration, conflicts_with_all = ["revoke", "list"])]
    ttl: Option<Duration>,
    /// A class list as CSV (number, name, room): one link for each pupil
    #[arg(long, value_name = "FILE", conflicts_with_all = ["revoke", "list"])]
    roster: Option<PathBuf>,
    /// New links also for those on the list who have one, which is void then
    #[arg(long, requires = "roster")]
    renew: bool,
    /// Write the personal links as a page to print, with QR codes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["revoke", "list"])]
    html: Option<PathBuf>,
    /// The address in the links, such as https://chat.example.org{n}[default: those of the server]
    #[arg(long, conflicts_with_all = ["revoke", "list"])]
    url: Option<String>,
    /// Take away the personal link of the person of this name
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    revoke: Option<String>,
    /// Print who has a personal link
    #[arg(long)]
    list: bool,
}

fn parse_role(text: &str) -> Result<Role, String> {
    match text.parse() {
        Ok(role) if role >= Role::Member => Ok(role),
        _ => Err("a link is for a member, moderator or host".to_owned()),
    }
}

/// Makes links, takes one away, or prints who has one.
pub fn run(config: &Config, args: LinkArgs) -> Result<(), ControlError> {
    if args.list {
        return lines(&control::list_links(config)?);
    }
    if let Some(name) = &args.revoke {
        return lines(&control::revoke_link(config, name)?);
    }
    let rooms = match &args.class {
        Some(name) => config
            .class(name)
            .map_err(ControlError::Usage)?
            .rooms
            .clone(),
        None => args.room,
    };
    let request = LinkRequest {
        rooms,
        ttl: args.ttl,
        renew: args.renew,
        url: args.url,
    };
    let unnamed = match args.name {
        Some(_) => Role::Member,
        None => Role::Host,
    };
    let html = args.html.as_deref();
    match (&args.roster, args.role.unwrap_or(unnamed), &args.name) {
        (Some(roster), ..) => personal(config, (html, true), || {
            control::roster_links(config, roster, &request)
        }),
        (None, Role::Member, Some(name)) => personal(config, (html, false), || {
            control::personal_link(config, name, &request)
        }),
        (None, Role::Member, None) => {
            let message = "a member's link needs --name, or --roster for a whole class";
            Err(ControlError::Usage(message.into()))
        }
        _ if html.is_some() => {
            let message = "--html is for personal links: a link for a host or moderator works once";
            Err(ControlError::Usage(message.into()))
        }
        (None, role, name) => {
            let person = (role, name.as_deref());
            lines(&control::one_time_links(config, person, &request)?)
        }
    }
}

fn lines(lines: &[String]) -> Result<(), ControlError> {
    Ok(lines.iter().try_for_each(print::line)?)
}

/// Makes personal links, and prints them or writes them to a page.
fn personal(
    config: &Config,
    (html, is_list): (Option<&Path>, bool),
    make: impl FnOnce() -> Result<MadeLinks, ControlError>,
) -> Result<(), ControlError> {
    let failed = |path: &Path, error| format!("{}: {error}", path.display());
    let page = html.map(|path| {
        let file = cards::open(path).map_err(|error| failed(path, error))?;
        Ok::<_, String>((path, file))
    });
    let page = page.transpose()?;
    let MadeLinks { links, notices } = make()?;
    match page {
        // The page from before has links that are still good.
        Some(_) if links.is_empty() => {}
        Some((path, mut file)) => {
            let written = cards::write(&mut file, &config.server.title, &links);
            written.map_err(|error| failed(path, error))?;
            let (count, path) = (links.len(), path.display());
            print::line(format!(
                "cards in {path}: {count} (whoever has a card can join as that pupil)"
            ))?;
        }
        None if is_list => links.iter().map(row).try_for_each(print::line)?,
        None => links
            .iter()
            .flat_map(|link| &link.urls)
            .try_for_each(print::line)?,
    }
    for notice in notices {
        print::tell(format_args!("glassroom: {notice}"));
    }
    Ok(())
}

/// A line of a class list: number, name, link.
fn row(link: &PersonalLink) -> String {
    let PersonalLink {
        number, name, urls, ..
    } = link;
    let number = number.as_deref().unwrap_or("-");
    let url = urls.first().map(String::as_str).unwrap_or_default();
    format!("{number}\t{name}\t{url}")
}
