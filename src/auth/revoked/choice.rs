//! Finds the people that an operator means by a `sub`, an id or a name. Pure.

use std::fmt;

use crate::auth::revoked::command_line::COMMAND_LINE;
use crate::auth::revoked::list::{Entry, is_maybe_id, is_maybe_sub};
use crate::auth::token::Keys;
use crate::model::event::Author;
use crate::model::time::Millis;

/// A person that the operator means.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The entry for the list.
    pub entry: Entry,
    /// Whether somebody with that `sub`, id or name was ever here. If not, the text is taken as it
    /// is, and the operator should be told.
    pub known: bool,
}

/// Why the text means nobody in particular.
#[derive(Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nobody has that name, and it does not look like a `sub`.
    Nobody(String),
    /// Several people had that name.
    Several(Vec<Author>),
    /// The command line itself, which could then not ask the server for anything.
    CommandLine,
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unclear::Nobody(who) => write!(
                f,
                "nobody with the name, id or sub {who:?} is known here, so nobody was revoked; if \
                 it is the sub of a token that was never used, say so with --sub"
            ),
            Unclear::Several(people) => {
                f.write_str("several people had that name; choose one by id, or take --all: ")?;
                for (n, Author { id, role, .. }) in people.iter().enumerate() {
                    let comma = if n == 0 { "" } else { ", " };
                    write!(f, "{comma}{id} ({role})")?;
                }
                Ok(())
            }
            Unclear::CommandLine => f.write_str(
                "that is the command line itself, which is no person: whoever can read the secret \
                 is kept out by changing the secret",
            ),
        }
    }
}

/// How a text is to be understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meaning {
    /// It is a `sub`, whoever is known.
    pub as_sub: bool,
    /// It means everybody who had that name. A host who comes with a new link every day is another
    /// person each time.
    pub all: bool,
}

/// Chooses the person that `who` means among those `found`, who have that `sub` or id, or else had
/// that name; or everybody of that name.
///
/// # Errors
///
/// It is not clear who is meant.
pub fn choose(
    who: &str,
    Meaning { as_sub, all }: Meaning,
    mut found: Vec<Author>,
    keys: &Keys,
    at: Millis,
) -> Result<Vec<Choice>, Unclear> {
    found.retain(|author| !author.sub.is_empty() && (!as_sub || *author.sub == *who));
    if all && found.len() > 1 {
        let one = |author: Author| one(who, false, &[author], keys, at);
        return found.into_iter().map(one).collect();
    }
    one(who, as_sub, &found, keys, at).map(|choice| vec![choice])
}

fn one(
    who: &str,
    as_sub: bool,
    found: &[Author],
    keys: &Keys,
    at: Millis,
) -> Result<Choice, Unclear> {
    let entry = |sub: &str, id: String, name: &str, role| Entry {
        sub: sub.to_owned(),
        id,
        name: name.to_owned(),
        role,
        at,
    };
    let (entry, known) = match found {
        [author] => {
            let id = keys.public_id(&author.sub);
            (
                entry(&author.sub, id, &author.name, Some(author.role)),
                true,
            )
        }
        [] if as_sub && !who.is_empty() => (entry(who, keys.public_id(who), "", None), false),
        // It may be either: both are refused from now on.
        [] if is_maybe_id(who) => (entry(who, who.to_owned(), "", None), false),
        [] if is_maybe_sub(who) => (entry(who, keys.public_id(who), "", None), false),
        [] => return Err(Unclear::Nobody(who.to_owned())),
        _ => return Err(Unclear::Several(found.to_vec())),
    };
    match entry.sub == COMMAND_LINE {
        true => Err(Unclear::CommandLine),
        false => Ok(Choice { entry, known }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::role::Role;

    fn author(sub: &str, name: &str, role: Role) -> Author {
        Author {
            sub: sub.into(),
            id: format!("id-{sub}").into(),
            name: name.into(),
            role,
        }
    }

    #[test]
    fn one_person_is_meant_or_the_operator_is_told_why_not() {
        let keys = Keys::new(vec![b'k'; 64], None);
        let lin = author("lin", "Ms Lin", Role::Host);
        let choose = |who: &str, as_sub, found: &[&Author]| {
            let found = found.iter().map(|author| (*author).clone()).collect();
            let meaning = Meaning { as_sub, all: false };
            let mut chosen = super::choose(who, meaning, found, &keys, 7)?;
            assert_eq!(chosen.len(), 1);
            chosen.pop().ok_or(Unclear::CommandLine)
        };
        let both = [lin.clone(), author("two", "Ms Lin", Role::Host)];
        let all = Meaning {
            all: true,
            ..Meaning::default()
        };
        let chosen = super::choose("Ms Lin", all, both.to_vec(), &keys, 7).unwrap();
        let subs: Vec<&str> = chosen.iter().map(|choice| &*choice.entry.sub).collect();
        assert_eq!(subs, ["lin", "two"]);
        let Choice { entry, known } = choose("Ms Lin", false, &[&lin]).unwrap();
        assert!(known);
        assert_eq!(
            (&*entry.sub, &*entry.name, entry.role),
            ("lin", "Ms Lin", Some(Role::Host))
        );
        assert_eq!(
            entry.id,
            keys.public_id("lin"),
            "not one of an earlier secret"
        );

        let two = author("two", "Ms Lin", Role::Member);
        let several = choose("Ms Lin", false, &[&lin, &two])
            .unwrap_err()
            .to_string();
        assert!(
            several.ends_with("id-lin (host), id-two (member)"),
            "{several}"
        );
        let only = choose("lin", true, &[&lin, &author("x", "lin", Role::Member)]).unwrap();
        assert_eq!((&*only.entry.sub, only.known), ("lin", true));

        for who in ["Linn", "Ms Linn", ""] {
            let nobody = choose(who, false, &[]).unwrap_err().to_string();
            assert!(nobody.contains("--sub"), "{nobody}");
        }
        assert!(choose("", true, &[]).is_err());
        let unused = choose("Ms Linn", true, &[]).unwrap();
        assert_eq!((&*unused.entry.sub, unused.known), ("Ms Linn", false));
        let unused = choose("person-7", false, &[]).unwrap();
        assert_eq!((&*unused.entry.sub, unused.known), ("person-7", false));
        let id = keys.public_id("lin");
        let by_id = choose(&id, false, &[]).unwrap().entry;
        assert_eq!((&by_id.sub, &by_id.id), (&id, &id));
        assert_eq!(choose(COMMAND_LINE, true, &[]), Err(Unclear::CommandLine));
    }
}
