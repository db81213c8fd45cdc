//! The chart of ratios, as SVG text: bars with the whiskers of their intervals, and a line at 1.
//!
//! Pure. It needs no font, script or file, and is readable on light and on dark ground.

use crate::statistics::Ratio;

/// Width of the picture, in its own units like all lengths here.
const WIDTH: f64 = 760.0;
/// Where the bars begin: the labels stand left of it.
const LEFT: f64 = 210.0;
/// Where the axis ends.
const RIGHT: f64 = 740.0;
/// The title and the legend.
const TOP: f64 = 56.0;
/// The title of a panel, above its bars.
const PANEL_TOP: f64 = 30.0;
/// The numbers of a panel's axis, below its bars.
const PANEL_BOTTOM: f64 = 34.0;
/// The bars of one load, and the space to the next.
const GROUP: f64 = 30.0;
const BAR: f64 = 10.0;
/// Half the length of a whisker's ends.
const CAP: f64 = 3.0;

const STYLE: &str = "svg { color: #1f2328; font: 13px sans-serif; }\n\
    text { fill: currentColor; } .title { font-weight: bold; }\n\
    .axis { text-anchor: middle; } .noisy { font-size: 10px; }\n\
    line { stroke: currentColor; } .grid { opacity: 0.2; } .one { stroke-width: 2; }\n\
    .bar0 { fill: #4f93ce; } .bar1 { fill: #d9913d; }\n\
    @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } }\n";

/// Bars of one measure.
pub struct Panel {
    pub title: &'static str,
    pub groups: Vec<Group>,
}

/// The bars of one load: with the store off, and on. `None` if the ratio was too noisy.
pub struct Group {
    pub label: String,
    pub bars: [Option<Ratio>; 2],
}

/// The picture. Panels without bars are left out.
pub fn svg(title: &str, panels: &[Panel]) -> String {
    let mut body = String::new();
    text(&mut body, 10.0, 20.0, "title", title);
    for (n, name) in ["store off", "store on"].iter().enumerate() {
        let x = LEFT + 100.0 * n as f64;
        rect(&mut body, n, x, 32.0, BAR);
        text(&mut body, x + BAR + 6.0, 41.0, "legend", name);
    }
    let mut top = TOP;
    for panel in panels.iter().filter(|panel| !panel.groups.is_empty()) {
        top = draw_panel(&mut body, panel, top);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" \
         height=\"{top}\" role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n{body}</svg>\n"
    )
}

/// Draws a panel at `top`, and returns where it ends.
fn draw_panel(out: &mut String, panel: &Panel, top: f64) -> f64 {
    let bars = panel.groups.iter().flat_map(|group| group.bars);
    let most = bars.flatten().fold(1.0, |most, bar| bar.high.max(most));
    let step = match most {
        ..2.0 => 0.25,
        ..4.0 => 0.5,
        ..8.0 => 1.0,
        _ => (most / 8.0).ceil(),
    };
    let end = (most / step).ceil() * step;
    let x = |ratio: f64| LEFT + (RIGHT - LEFT) * ratio / end;
    let first = top + PANEL_TOP;
    let bottom = first + GROUP * panel.groups.len() as f64;
    text(out, 10.0, top + 18.0, "title", panel.title);
    for n in 0..=(end / step).round() as u32 {
        let at = x(f64::from(n) * step);
        line(out, "grid", (at, first), (at, bottom));
        let number = format!("{}", f64::from(n) * step);
        text(out, at, bottom + 16.0, "axis", &number);
    }
    for (n, group) in panel.groups.iter().enumerate() {
        let y = first + GROUP * n as f64 + (GROUP - 2.0 * BAR) / 2.0;
        text(out, 10.0, y + 14.0, "label", &group.label);
        for (m, ratio) in group.bars.iter().enumerate() {
            draw_bar(out, m, *ratio, y + BAR * m as f64, x);
        }
    }
    line(out, "one", (x(1.0), first), (x(1.0), bottom));
    bottom + PANEL_BOTTOM
}

fn draw_bar(out: &mut String, series: usize, ratio: Option<Ratio>, y: f64, x: impl Fn(f64) -> f64) {
    let Some(Ratio { mean, low, high }) = ratio else {
        return text(out, LEFT + 4.0, y + BAR - 1.0, "noisy", "too noisy");
    };
    rect(out, series, LEFT, y, x(mean) - LEFT);
    let middle = y + BAR / 2.0;
    line(out, "whisker", (x(low), middle), (x(high), middle));
    for end in [x(low), x(high)] {
        line(out, "whisker", (end, middle - CAP), (end, middle + CAP));
    }
}

fn rect(out: &mut String, series: usize, x: f64, y: f64, width: f64) {
    out.push_str(&format!(
        "<rect class=\"bar{series}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>\n"
    ));
}

fn line(out: &mut String, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    out.push_str(&format!(
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n"
    ));
}

fn text(out: &mut String, x: f64, y: f64, class: &str, words: &str) {
    out.push_str(&format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>\n"
    ));
}
