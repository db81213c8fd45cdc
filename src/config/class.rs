//! One of the classes of `[[classes]]`.

/// One class: its name, its rooms and its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its rooms, which belong to no other class. People join the first of them first.
    pub rooms: Vec<String>,
    /// A class code that never changes. If none is named, codes are random.
    pub code: Option<String>,
}
