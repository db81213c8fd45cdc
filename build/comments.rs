//! Leaves out of scripts and styles what is only for those who read the source.

/// Leaves out comments that fill whole lines. The lines stay, empty, so that their numbers do.
pub fn without_comments(path: &str, text: &str) -> Result<String, String> {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let start = line.trim_start();
        // Marks in quotes are no templates.
        let marks = line
            .replace("'```'", "")
            .replace("'`'", "")
            .matches('`')
            .count();
        let comment = inside || start.starts_with("/*") || start.starts_with("//");
        if !comment && marks % 2 == 1 {
            return Err(format!("{path}: a template of several lines: {line}"));
        }
        if comment {
            let block = inside || start.starts_with("/*");
            let ends = line.trim_end().ends_with("*/");
            if block && !ends && line.contains("*/") {
                return Err(format!("{path}: code after a comment: {line}"));
            }
            inside = block && !ends;
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    Ok(out)
}

/// The lines without the blanks before them. (No template spans lines.)
pub fn without_indents(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}
