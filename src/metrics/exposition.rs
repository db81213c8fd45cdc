//! The text format of Prometheus, version 0.0.4.

use crate::support::histogram::Observed;
use std::fmt::Write;

/// One line of a metric: what stands behind its name, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    suffix: &'static str,
    labels: Vec<(&'static str, String)>,
    value: f64,
}

/// A value without labels; none if it is not known.
pub(super) fn one(value: Option<f64>) -> Vec<Sample> {
    let sample = |value| labelled("", Vec::new(), value);
    value.map(sample).into_iter().collect()
}

/// A value for each value of one label.
pub(super) fn by_label(
    label: &'static str,
    values: impl IntoIterator<Item = (String, f64)>,
) -> Vec<Sample> {
    let values = values.into_iter();
    values
        .map(|(text, value)| labelled("", vec![(label, text)], value))
        .collect()
}

/// The lines of a histogram.
pub(super) fn histogram(observed: &Observed) -> Vec<Sample> {
    let count = observed.count as f64;
    let bounds = observed.up_to.iter();
    let bounds = bounds.map(|(bound, count)| (bound.to_string(), *count as f64));
    let mut samples: Vec<Sample> = bounds
        .chain([("+Inf".to_owned(), count)])
        .map(|(bound, count)| labelled("_bucket", vec![("le", bound)], count))
        .collect();
    samples.push(labelled("_sum", Vec::new(), observed.sum));
    samples.push(labelled("_count", Vec::new(), count));
    samples
}

fn labelled(suffix: &'static str, labels: Vec<(&'static str, String)>, value: f64) -> Sample {
    Sample {
        suffix,
        labels,
        value,
    }
}

/// A metric with its samples; nothing if there are none.
pub(super) fn write(name: &str, kind: &str, help: &str, samples: &[Sample], text: &mut String) {
    if samples.is_empty() {
        return;
    }
    // Writing to a String does not fail.
    let _ = writeln!(text, "# HELP {name} {help}");
    let _ = writeln!(text, "# TYPE {name} {kind}");
    for sample in samples {
        let labels: Vec<String> = sample
            .labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(text, "{name}{}{labels} {}", sample.suffix, sample.value);
    }
}

/// The value of a label as the format wants it.
fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_label_may_be_anything() {
        let samples = by_label("reason", [("a \"b\" \\ \n".to_owned(), 1.5)]);
        let mut text = String::new();
        write("x", "gauge", "What x is.", &samples, &mut text);
        let line = text.lines().last().unwrap();
        assert!(line.ends_with(r#"{reason="a \"b\" \\ \n"} 1.5"#), "{line}");
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn what_is_not_known_has_no_lines() {
        let mut text = String::new();
        write("x", "gauge", "What x is.", &one(None), &mut text);
        assert_eq!(text, "");
    }
}
