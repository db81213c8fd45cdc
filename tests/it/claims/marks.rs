//! Elements of a chapter that have a certain attribute.

/// An element with a name in an attribute, and its text.
#[derive(Debug, PartialEq)]
pub struct Mark {
    pub name: String,
    pub text: String,
}

/// The elements of a chapter with `attribute="NAME"`, in their order.
pub fn marks(html: &str, attribute: &str) -> Vec<Mark> {
    let start = format!("{attribute}=\"");
    let mut found = Vec::new();
    for (at, _) in html.match_indices(&start) {
        let open = html[..at].rfind('<').expect("an element");
        let element = html[open + 1..].split_whitespace().next().unwrap();
        let (name, rest) = html[at + start.len()..].split_once('"').unwrap();
        let (_, content) = rest.split_once('>').unwrap();
        let end = format!("</{element}>");
        let (content, _) = content.split_once(&end).expect("its end");
        found.push(Mark {
            name: name.to_owned(),
            text: text(content),
        });
    }
    found
}

/// The text of a piece of HTML.
fn text(html: &str) -> String {
    let parts = html.split('<').enumerate();
    let text: String = parts
        .map(|(n, part)| match part.split_once('>') {
            Some((_, after)) if n > 0 => after,
            _ => part,
        })
        .collect();
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

#[test]
fn the_text_of_each_marked_element_is_found() {
    let html = "<p>a <span data-claim=\"one\">1</span> <pre data-claim=\"two\"><code>b &amp; c\n</code></pre>";
    let mark = |name: &str, text: &str| Mark {
        name: name.into(),
        text: text.into(),
    };
    assert_eq!(
        marks(html, "data-claim"),
        [mark("one", "1"), mark("two", "b & c\n")]
    );
}
