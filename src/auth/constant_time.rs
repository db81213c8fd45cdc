//! Comparing secrets without telling by the time it takes where they differ.

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(super) fn equal(one: &str, other: &str) -> bool {
    let differences = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |differences, (a, b)| differences | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}
