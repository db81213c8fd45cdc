//! Reading what is asked in a poll, and what somebody chooses.

use crate::auth::names;
use crate::chat::message::choice::Choice;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::{Flat, bad, missing, required, unsayable};
use crate::model::poll::{Choices, MAX_CHOICES, MIN_CHOICES, Question};
use crate::model::text;

/// Longest question of a poll, in characters: it stands above its choices on a telephone.
const MAX_QUESTION: usize = 300;
/// Longest choice of a poll, in characters.
const MAX_CHOICE: usize = 100;

/// What is asked.
pub(super) fn question(flat: &Flat<'_>) -> Result<Question, RequestError> {
    let question = line(
        required(&flat.question, "question")?,
        "question",
        MAX_QUESTION,
    )?;
    let given = flat.choices.as_ref().ok_or_else(|| missing("choices"))?;
    if !(MIN_CHOICES..=MAX_CHOICES).contains(&given.len()) {
        let message = format!("A poll has {MIN_CHOICES} to {MAX_CHOICES} `choices`.");
        return Err(bad(message));
    }
    let mut choices: Vec<Box<str>> = Vec::with_capacity(given.len());
    let mut read_as: Vec<String> = Vec::with_capacity(given.len());
    for (n, choice) in given.iter().enumerate() {
        let Choice::Words(words) = choice else {
            return Err(bad("The `choices` of a poll are texts."));
        };
        let words = line(words.trim(), &format!("choices[{n}]"), MAX_CHOICE)?;
        let folded = names::fold_case(&words);
        if let Some(same) = read_as.iter().position(|other| *other == folded) {
            let message = format!("`choices[{n}]` is the same as `choices[{same}]`.");
            return Err(bad(message));
        }
        read_as.push(folded);
        choices.push(words);
    }
    Ok(Question {
        question,
        choices,
        multiple: flat.multiple.unwrap_or(false),
        anonymous: flat.anonymous.unwrap_or(false),
    })
}

/// A text of one line: of several, it becomes one.
fn line(given: &str, name: &str, most: usize) -> Result<Box<str>, RequestError> {
    text::check(given, most).map_err(|error| unsayable(&format!("`{name}`: "), error))?;
    Ok(given.replace('\n', " ").into())
}

/// What somebody chooses.
pub(super) fn chosen(flat: &Flat<'_>) -> Result<Choices, RequestError> {
    let given = flat.choices.as_ref().ok_or_else(|| missing("choices"))?;
    let numbers = given.iter().map(|choice| match choice {
        Choice::Number(number) => Ok(*number),
        Choice::Words(_) => Err(bad("The `choices` of a vote are numbers, from 0.")),
    });
    let numbers = numbers.collect::<Result<Vec<u64>, RequestError>>()?;
    let choices = Choices::of(&numbers);
    choices.ok_or_else(|| bad("`choices` has the number of each choice once, and at least one."))
}
