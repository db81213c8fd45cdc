//! Math between `$$` and `$$`.

use serde_json::json;

use super::{assert_no_problems, join};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server};

#[test]
fn formulas_become_mathml_and_what_is_unknown_stays_source() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let loaded = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('chat/math.js'))";
    assert_eq!(ada.eval(loaded), false);
    let mut bo = Chat::member(&server, "Bo");
    bo.say(
        "lobby",
        r"$$\frac{-b \pm \sqrt{b^2-4ac}}{2a}$$ and $$\href{x}{y}$$, not $x$ or `$$x$$`",
        "1",
    );
    ada.wait_for("document.querySelector('#log math') !== null", PATIENCE);
    assert_eq!(ada.eval(loaded), true);
    let seen = ada.eval(
        "[document.querySelectorAll('#log math').length, document.querySelector('#log mfrac').children.length,
          document.querySelector('#log .math code').textContent,
          document.querySelector('#log .text').innerText.includes('not $x$ or $$x$$')]",
    );
    assert_eq!(seen, json!([1, 2, r"\href{x}{y}", true]));
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn the_reader_of_math_knows_its_signs_and_refuses_the_rest() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let shown = |source: &str| {
        format!(
            "import('/assets/chat/math.js').then(({{ math }}) => {{
                const show = (n) => n && (n.of ? n.tag + '(' + n.of.map(show).join(' ') + ')' : n.text);
                return show(math({source:?}));
            }})"
        )
    };
    for (source, expected) in [
        (r"\frac{1}{2}", "mfrac(1 2)"),
        (r"\sqrt[3]{x^2}", "mroot(msup(x 2) 3)"),
        (r"x_{i}^{2}", "msubsup(x i 2)"),
        (
            r"\sum_{i=1}^n i \le \infty",
            "mrow(munderover(∑ mrow(i = 1) n) i ≤ ∞)",
        ),
        (r"\int_0^1 x \to \pi", "mrow(msubsup(∫ 0 1) x → π)"),
        (r"a \oplus b \bmod 2", "mrow(a ⊕ b mod 2)"),
        (r"\text{if } x \in M", "mrow(if  x ∈ M)"),
        (r"2 \cdot 3 \times 4 \ge 5 \ne 6", "mrow(2 ⋅ 3 × 4 ≥ 5 ≠ 6)"),
    ] {
        assert_eq!(ada.eval(&shown(source)), expected, "{source}");
    }
    let deep = r"\sqrt{".repeat(100);
    let wide = "x".repeat(3000);
    for source in [
        "",
        "{",
        "}",
        "x^",
        "^",
        r"\foo",
        r"\frac{1}",
        "a^b^c",
        r"\\",
        "#",
        &deep,
        &wide,
    ] {
        assert_eq!(ada.eval(&shown(source)), json!(null), "{source}");
    }
}
