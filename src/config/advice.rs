//! Values that are valid, and that an operator should think about.

use crate::auth::class_code::ClassCode;
use crate::config::sections::Config;

impl Config {
    /// One sentence for each such value.
    pub fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        let code = self.join.code.as_deref();
        let code = code.and_then(|code| ClassCode::fixed(code).ok());
        let guests = self.join.enabled && self.classes.is_empty();
        if guests && code.is_some_and(|code| code.is_short()) {
            advice.push(
                "join.code: a program can try every code as short as this; take six letters and \
                 digits, eight digits, or leave it empty for a random code after each lesson"
                    .to_owned(),
            );
        }
        if !self.classes.is_empty() && self.join.code.is_some() {
            advice.push(
                "join.code: it has no effect, because with [[classes]] each class has a `code` of \
                 its own"
                    .to_owned(),
            );
        }
        for class in &self.classes {
            let code = class.code.as_deref();
            let code = code.and_then(|code| ClassCode::fixed(code).ok());
            if self.join.enabled && code.is_some_and(|code| code.is_short()) {
                advice.push(format!(
                    "the code of the class {:?}: a program can try every code as short as this",
                    class.name
                ));
            }
        }
        advice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_code_is_advised_against() {
        let advice = |text: &str| Config::parse("chat.toml", text).unwrap().advice();
        for short in ["abcd", "1234567"] {
            let said = advice(&format!("join.code = \"{short}\""));
            assert!(
                said.len() == 1 && said[0].starts_with("join.code: "),
                "{said:?}"
            );
        }
        for fine in [
            "",
            "join.code = \"K7QX3M\"",
            "join.code = \"abcd\"\njoin.enabled = false",
        ] {
            assert!(advice(fine).is_empty(), "{fine}");
        }
    }
}
