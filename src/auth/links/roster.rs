//! A class list as a spreadsheet saves it: CSV with number, name and room of each pupil.
//!
//! Quotes are those of [RFC 4180] §2. The rest is what spreadsheets make of it: commas, semicolons or
//! tabs, with or without a byte order mark, a first line `sep=;`, titles in any order, empty lines and
//! empty columns at the end. Nothing is guessed about a pupil: what is not clear is an error with its
//! line and what to do.
//!
//! [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180

use std::collections::HashMap;
use std::fmt;

use crate::auth::links::entry::MAX_NUMBER;
use crate::auth::names;
use crate::model::text;

/// Most bytes of a class list, which is read as a whole.
const MAX_BYTES: usize = 1 << 20;

/// Most pupils of one list: a school.
const MAX_PUPILS: usize = 2000;

/// Titles of the columns, in lower case.
const NAME: [&str; 8] = [
    "name",
    "names",
    "full name",
    "pupil",
    "student",
    "姓名",
    "学生姓名",
    "名字",
];
const NUMBER: [&str; 10] = [
    "number", "no", "no.", "nr", "nr.", "#", "学号", "序号", "编号", "座号",
];
const ROOM: [&str; 3] = ["room", "房间", "聊天室"];

/// A pupil of a class list.
#[derive(Debug, PartialEq, Eq)]
pub struct Pupil {
    /// The line in the file, from 1.
    pub line: usize,
    /// The number in the class.
    pub number: Option<String>,
    /// The name, which passes [`names::check`].
    pub name: String,
    /// The room that the pupil may enter.
    pub room: Option<String>,
}

/// What is wrong with a class list, where, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct RosterError {
    /// The line in the file, from 1.
    pub line: usize,
    message: String,
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for RosterError {}

fn wrong(line: usize, message: impl Into<String>) -> RosterError {
    let message = message.into();
    RosterError { line, message }
}

/// Reads a class list.
///
/// # Errors
///
/// Everything that is wrong with it, in the order of the lines.
pub fn read(bytes: &[u8]) -> Result<Vec<Pupil>, Vec<RosterError>> {
    let text = decode(bytes).map_err(|error| vec![error])?;
    let (mut text, mut first_line) = (text.as_str(), 1);
    let mut separator = None;
    // Excel begins a file so, to tell itself how to read it.
    if let Some(rest) = text.strip_prefix("sep=") {
        separator = rest.chars().next();
        text = rest.split_once('\n').map_or("", |(_, rest)| rest);
        first_line = 2;
    }
    let separator = separator.unwrap_or_else(|| separator_of(text));
    let mut records = records(text, separator, first_line).map_err(|error| vec![error])?;
    records.retain(|record| record.cells.iter().any(|cell| !cell.is_empty()));
    let columns = Columns::of(&mut records).map_err(|error| vec![error])?;
    if records.is_empty() {
        return Err(vec![wrong(
            first_line,
            "nobody is in the list: it has to have a line with number, name and room for each pupil",
        )]);
    }
    if let Some(record) = records.get(MAX_PUPILS) {
        let message =
            format!("more than {MAX_PUPILS} pupils are in the list: divide it into several files");
        return Err(vec![wrong(record.line, message)]);
    }
    let (mut pupils, mut errors) = (Vec::new(), Vec::new());
    for record in &records {
        match columns.pupil(record) {
            Ok(pupil) => pupils.push(pupil),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(duplicates(&pupils));
    errors.sort_by_key(|error| error.line);
    match errors.is_empty() {
        true => Ok(pupils),
        false => Err(errors),
    }
}

/// The text of a file in UTF-8, or in UTF-16 with a byte order mark, which Excel calls Unicode text.
fn decode(bytes: &[u8]) -> Result<String, RosterError> {
    if bytes.len() > MAX_BYTES {
        return Err(wrong(
            1,
            "the file is larger than 1 MiB: is this the class list?",
        ));
    }
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match *pair {
            [one, other] => unit([one, other]),
            _ => 0xFFFD,
        });
        String::from_utf16(&units.collect::<Vec<u16>>())
            .map_err(|_| wrong(1, "the file is damaged UTF-16: save it again as CSV UTF-8"))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'P', b'K', 3, 4, ..] => Err(wrong(
            1,
            "this is a workbook and not CSV: in the spreadsheet, save it as \"CSV UTF-8\"",
        )),
        bytes => {
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            let text = std::str::from_utf8(text).map_err(|error| {
                let before = text.iter().take(error.valid_up_to());
                let line = 1 + before.filter(|byte| **byte == b'\n').count();
                wrong(
                    line,
                    "the letters here are not UTF-8: in Excel or WPS, save the list as \"CSV UTF-8\"; \
                     in LibreOffice, choose the character set \"Unicode (UTF-8)\"",
                )
            })?;
            Ok(text.to_owned())
        }
    }
}

/// The separator that is most frequent in the first line outside quotes.
fn separator_of(text: &str) -> char {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for c in line.unwrap_or_default().chars() {
        quoted ^= c == '"';
        for (separator, count) in &mut counts {
            *count += usize::from(c == *separator && !quoted);
        }
    }
    // Of equal counts, the first: `max_by_key` would take the last.
    counts.reverse();
    let most = counts.iter().max_by_key(|(_, count)| *count);
    most.map_or(',', |(separator, _)| *separator)
}

struct Record {
    line: usize,
    cells: Vec<String>,
}

/// The records of a text, whose first line has this number. White space around a cell is no part of it.
fn records(text: &str, separator: char, first_line: usize) -> Result<Vec<Record>, RosterError> {
    let (mut records, mut line) = (Vec::new(), first_line);
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let mut record = Record {
            line,
            cells: Vec::new(),
        };
        let mut cell = String::new();
        let (mut was_quoted, mut ended) = (false, false);
        while !ended {
            match rest.next() {
                Some('"') if cell.trim().is_empty() && !was_quoted => {
                    cell = quoted(&mut rest, &mut line)?;
                    was_quoted = true;
                    continue;
                }
                Some(c) if c == separator => {}
                Some('\n') | None => {
                    line += 1;
                    ended = true;
                }
                Some(c) if was_quoted && !c.is_whitespace() => {
                    let message = "text follows the quotation mark that ends a cell: a quotation \
                                   mark in a name is written twice";
                    return Err(wrong(line, message));
                }
                Some(c) => {
                    cell.push(c);
                    continue;
                }
            }
            record
                .cells
                .push(std::mem::take(&mut cell).trim().to_owned());
            was_quoted = false;
        }
        records.push(record);
    }
    Ok(records)
}

/// The rest of a cell whose opening quotation mark was taken (RFC 4180 §2, 5 to 7).
fn quoted(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    line: &mut usize,
) -> Result<String, RosterError> {
    let (begun, mut cell) = (*line, String::new());
    loop {
        match rest.next() {
            Some('"') if rest.next_if_eq(&'"').is_none() => return Ok(cell),
            Some(c) => {
                *line += usize::from(c == '\n');
                cell.push(c);
            }
            None => {
                return Err(wrong(
                    begun,
                    "a quotation mark opens a cell here that never ends",
                ));
            }
        }
    }
}

/// Which column is what.
struct Columns {
    number: Option<usize>,
    name: usize,
    room: Option<usize>,
    /// How many there are, if the first line has titles.
    titles: Option<usize>,
}

impl Columns {
    /// The columns by their titles, which are taken from the records. Without titles, by their order:
    /// number, name, room, or the name alone.
    fn of(records: &mut Vec<Record>) -> Result<Columns, RosterError> {
        let widest = records.iter().map(|record| width(&record.cells)).max();
        let Some(first) = records.first() else {
            return Ok(Columns::untitled(1));
        };
        let find = |titles: &[&str]| {
            let is_title = |cell: &String| titles.contains(&&*cell.to_lowercase());
            first.cells.iter().position(is_title)
        };
        let (number, name, room) = (find(&NUMBER), find(&NAME), find(&ROOM));
        match name {
            Some(name) => {
                let titles = Some(width(&first.cells));
                records.remove(0);
                Ok(Columns {
                    number,
                    name,
                    room,
                    titles,
                })
            }
            None if number.is_some() || room.is_some() => Err(wrong(
                first.line,
                "the first line has titles, and none of them is \"name\": call the column with the \
                 whole name so",
            )),
            None => Ok(Columns::untitled(widest.unwrap_or(1))),
        }
    }

    fn untitled(widest: usize) -> Columns {
        let alone = widest <= 1;
        Columns {
            number: (!alone).then_some(0),
            name: usize::from(!alone),
            room: (!alone).then_some(2),
            titles: None,
        }
    }

    fn pupil(&self, record: &Record) -> Result<Pupil, RosterError> {
        let Record { line, cells } = record;
        let fault = |message: String| Err(wrong(*line, message));
        let width = width(cells);
        if width > self.titles.unwrap_or(3) {
            let most = self.titles.map_or_else(
                || "3 columns (number, name, room)".to_owned(),
                |titles| format!("{titles} columns, as many as the first line has titles"),
            );
            return fault(format!(
                "{width} columns are more than {most}: put a name with a comma in it in quotation marks"
            ));
        }
        let cell = |at: Option<usize>| {
            let cell = at.and_then(|at| cells.get(at));
            cell.filter(|cell| !cell.is_empty()).cloned()
        };
        let number = cell(self.number);
        if let Some(number) = &number {
            if self.titles.is_none() && !number.contains(char::is_numeric) {
                return fault(format!(
                    "{number:?} is no number: without titles, the columns are number, name and room; \
                     for another order, put titles into the first line"
                ));
            }
            if number.chars().count() > MAX_NUMBER || number.contains(char::is_control) {
                return fault(format!("the number is longer than {MAX_NUMBER} characters"));
            }
        }
        let Some(name) = cell(Some(self.name)) else {
            return fault("the name is empty: write it, or delete the line".to_owned());
        };
        let name = match names::check(&name) {
            Ok(name) => name,
            Err(error) => return fault(format!("{error} ({name:?})")),
        };
        let room = cell(self.room);
        if let Some(Err(rule)) = room.as_deref().map(text::check_room) {
            return fault(format!("the room {:?}: {rule}", room.unwrap_or_default()));
        }
        Ok(Pupil {
            line: *line,
            number,
            name,
            room,
        })
    }
}

/// The number of columns without empty ones at the end.
fn width(cells: &[String]) -> usize {
    cells
        .iter()
        .rposition(|cell| !cell.is_empty())
        .map_or(0, |at| at + 1)
}

/// Pupils who have the name of an earlier one, or the number of one for the same room.
fn duplicates(pupils: &[Pupil]) -> Vec<RosterError> {
    let (mut by_name, mut by_number, mut errors) = (HashMap::new(), HashMap::new(), Vec::new());
    for pupil in pupils {
        let Pupil {
            line,
            number,
            name,
            room,
        } = pupil;
        if let Some(earlier) = by_name.insert(names::key(name), *line) {
            let message = format!(
                "{name} is the name on line {earlier} too: tell the two apart, with an initial for \
                 example, because each has a link and a name of their own"
            );
            errors.push(wrong(*line, message));
        }
        if let Some(number) = number
            && let Some(earlier) = by_number.insert((number, room), *line)
        {
            let message = format!("the number {number} is on line {earlier} too");
            errors.push(wrong(*line, message));
        }
    }
    errors
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
