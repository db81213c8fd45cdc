//! The parts of the bench that need no server. A bench is no library, so its files are included here.

use self::statistics::{Line, Ratio, student};
use crate::harness::TempDir;
use std::fs;

#[path = "../../benches/fanout/publish.rs"]
mod publish;
#[path = "../../benches/fanout/statistics.rs"]
mod statistics;

#[track_caller]
fn assert_near(found: f64, known: f64) {
    assert!((found - known).abs() < 0.001, "{found} is not {known}");
}

#[test]
fn the_quantiles_are_those_of_printed_tables() {
    let known = [(1, 12.706), (4, 2.776), (10, 2.228), (11, 2.201)];
    for (freedom, quantile) in known
        .into_iter()
        .chain([(20, 2.086), (30, 2.042), (120, 1.980)])
    {
        assert_near(student(freedom), quantile);
    }
}

#[test]
fn a_ratio_is_the_geometric_mean_with_the_interval_of_student() {
    // The logarithms are ln 2 times 0, 1 and 2: mean 1, standard deviation 1, error 1 / √3.
    let ratio = Ratio::of_pairs(&[(3.0, 3.0), (2.0, 1.0), (10.0, 2.5)]).unwrap();
    assert_near(ratio.mean, 2.0);
    assert_near(ratio.low, 0.3574);
    assert_near(ratio.high, 11.1916);
}

#[test]
fn turning_the_pairs_round_turns_the_interval_round() {
    let pairs = [(4.7, 3.9), (4.4, 3.7), (5.1, 3.8)];
    let ratio = Ratio::of_pairs(&pairs).unwrap();
    let turned = Ratio::of_pairs(&pairs.map(|(a, b)| (b, a))).unwrap();
    assert_near(ratio.mean * turned.mean, 1.0);
    assert_near(ratio.low * turned.high, 1.0);
}

#[test]
fn equal_rounds_leave_no_doubt() {
    let ratio = Ratio::of_pairs(&[(3.0, 2.0); 5]).unwrap();
    assert_near(ratio.low, 1.5);
    assert!(ratio.is_within(0.0001));
}

#[test]
fn a_wide_interval_is_within_no_bound() {
    let ratio = Ratio::of_pairs(&[(1.0, 1.0), (1.2, 1.0), (0.9, 1.0)]).unwrap();
    assert!(ratio.is_within(0.5) && !ratio.is_within(0.15), "{ratio:?}");
}

#[test]
fn one_round_and_a_zero_have_no_ratio() {
    assert_eq!(Ratio::of_pairs(&[(1.0, 1.0)]), None);
    assert_eq!(Ratio::of_pairs(&[(1.0, 1.0), (0.0, 1.0)]), None);
    assert_eq!(Ratio::of_pairs(&[(1.0, 1.0), (0.0, 0.0)]), None);
}

#[test]
fn results_are_written_between_the_markers_and_nowhere_else() {
    let directory = TempDir::new();
    let document = directory.path().join("figures.md");
    let markers = "<!-- begin: written by the bench -->\nold\n<!-- end: written by the bench -->\n";
    fs::write(&document, format!("before\n{markers}after\n")).unwrap();
    let chart = || ("<svg/>".to_owned(), "Bars".to_owned());
    // Twice: the markers stay.
    for tables in ["first\n", "second\n"] {
        publish::figures(directory.path(), tables, chart()).unwrap();
    }
    let text = fs::read_to_string(&document).unwrap();
    assert_eq!(
        text,
        "before\n<!-- begin: written by the bench -->\n\n![Bars](figures.svg)\n\nsecond\n\n\
         <!-- end: written by the bench -->\nafter\n"
    );
    let svg = fs::read_to_string(directory.path().join("figures.svg")).unwrap();
    assert_eq!(svg, "<svg/>");

    fs::write(&document, "no markers").unwrap();
    publish::figures(directory.path(), "third\n", chart()).unwrap_err();
}

#[test]
fn the_documents_have_the_markers() {
    let directory = TempDir::new();
    for document in ["figures.md", "scaling.md"] {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
        fs::copy(
            format!("{docs}/{document}"),
            directory.path().join(document),
        )
        .unwrap();
    }
    publish::figures(directory.path(), "tables\n", Default::default()).unwrap();
    publish::scaling(directory.path(), "tables\n").unwrap();
    // It has a place of its own in the same document.
    publish::cluster(directory.path(), "a table\n").unwrap();
    let text = fs::read_to_string(directory.path().join("scaling.md")).unwrap();
    assert!(text.contains("tables\n") && text.contains("a table\n"));
}

#[test]
fn a_line_through_points_is_that_line() {
    let points = [10.0, 30.0, 10_000.0].map(|x| (x, 400.0 + 7.0 * x));
    let line = Line::fit(&points);
    assert_near(line.start, 400.0);
    assert_near(line.slope, 7.0);
    assert_near(line.at(100.0), 1100.0);
}

#[test]
fn a_line_is_as_near_to_small_values_as_to_large_ones() {
    // A tenth more and a tenth less, at both ends: no line through the middle is nearer to one of them.
    let line = Line::fit(&[(1.0, 1.1), (1.0, 0.9), (1000.0, 1100.0), (1000.0, 900.0)]);
    assert_near(line.at(1.0), 0.9802);
    assert_near(line.at(1000.0) / 1000.0, 0.9802);
}

#[test]
fn points_of_one_place_have_no_line() {
    assert!(!Line::fit(&[(1.0, 1.0), (1.0, 2.0)]).start.is_finite());
}
