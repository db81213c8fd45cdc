//! Comparing secrets in a time that does not depend on where they differ.

/// Whether two texts are equal. Takes the same time wherever the first difference is.
pub(super) fn equal(one: &str, other: &str) -> bool {
    let differences = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |differences, (a, b)| differences | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}
