//! Class lists as spreadsheets save them, and lists with mistakes.

use super::*;

fn pupils(bytes: &[u8]) -> Vec<(usize, String, String, String)> {
    let read = read(bytes).expect("a class list");
    let show = |text: Option<String>| text.unwrap_or_default();
    let pupils = read.into_iter();
    pupils
        .map(|p| (p.line, show(p.number), p.name, show(p.room)))
        .collect()
}

fn row(line: usize, number: &str, name: &str, room: &str) -> (usize, String, String, String) {
    (line, number.into(), name.into(), room.into())
}

#[test]
fn a_list_is_read_as_spreadsheets_save_it() {
    let expected = [
        row(1, "1", "Anna Berg", "lobby"),
        row(2, "2", "王小明", "lobby"),
    ];
    let text = "1,Anna Berg,lobby\n2,王小明,lobby\n";
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(unit).collect()
    };
    for bytes in [
        text.as_bytes().to_vec(),
        text.trim_end().as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace(',', ";").into_bytes(),
        text.replace(',', "\t").into_bytes(),
        text.replace(',', " , ").into_bytes(),
        text.replace('\n', ",,,\n").into_bytes(),
        text.replace("Anna Berg", "\"Anna Berg\"").into_bytes(),
        format!("{text}\n,,\n\n").into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(pupils(&bytes), expected, "{shown:?}");
    }
}

#[test]
fn titles_may_be_in_any_order_and_other_columns_are_left_out() {
    let anna = [row(2, "7", "Berg, Anna", "lab")];
    for text in [
        "Name;Nr.;Room\n\"Berg, Anna\";7;lab\n",
        "number,born,name,room\n7,2011-03-04,\"Berg, Anna\",lab\n",
        "学号,姓名,房间\n7,\"Berg, Anna\",lab\n",
    ] {
        assert_eq!(pupils(text.as_bytes()), anna, "{text:?}");
    }
    let text = "sep=;\r\nname;number\r\n\"Anna \"\"Ann\"\"\";3\r\n";
    assert_eq!(pupils(text.as_bytes()), [row(3, "3", "Anna \"Ann\"", "")]);
}

#[test]
fn a_list_of_names_alone_is_enough() {
    let expected = [row(1, "", "Anna", ""), row(3, "", "Bo", "")];
    assert_eq!(pupils(b"Anna\n\nBo\n"), expected);
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_to_do() {
    for (text, line, says) in [
        ("", 1, "nobody is in the list"),
        ("number,name,room\n", 1, "nobody is in the list"),
        ("1,Anna\n2,\n", 2, "the name is empty"),
        ("1,Anna\n2,Bo\n3,a.n.n.a\n", 3, "line 1 too"),
        ("1,Anna\n1,Bo\n", 2, "the number 1 is on line 1 too"),
        ("1,Anna,lobby,x\n", 1, "quotation marks"),
        ("name,number\nBerg, Anna,1\n", 2, "quotation marks"),
        ("Anna,Berg\n", 1, "\"Anna\" is no number"),
        ("number,family\n1,Berg\n", 1, "none of them is \"name\""),
        ("1,\"Anna\n2,Bo\n", 1, "never ends"),
        ("1,Anna\n2,\"Bo\"x\n", 2, "written twice"),
        ("1,Anna,lo bby\u{202e}\n", 1, "the room"),
        ("1,Abcdefghijklmnopqrstuvwxyz\n", 1, "longer than 24"),
        ("1,!!!\n", 1, "letter"),
        ("PK\u{3}\u{4}\u{0}", 1, "workbook"),
    ] {
        let errors = read(text.as_bytes()).expect_err(text);
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors[0].line, line, "{text:?}: {shown:?}");
        assert!(shown[0].contains(says), "{text:?}: {shown:?}");
    }
    let latin = b"1,Anna\n2,J\xfcrgen\n";
    let errors = read(latin).expect_err("not UTF-8");
    assert!(errors[0].line == 2 && errors[0].to_string().contains("CSV UTF-8"));
    let gbk = b"1,\xcd\xf5\xd0\xa1\xc3\xf7\n";
    assert!(read(gbk).expect_err("GBK")[0].to_string().contains("WPS"));
    let many = "x\n".repeat(MAX_PUPILS + 1);
    assert!(
        read(many.as_bytes()).expect_err("many")[0]
            .to_string()
            .contains("divide it")
    );
    let large = "x".repeat(MAX_BYTES + 1);
    assert!(
        read(large.as_bytes()).expect_err("large")[0]
            .to_string()
            .contains("1 MiB")
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = read(b"1,Anna\n2,\n3,Anna\n4,?\n").expect_err("three mistakes");
    let lines: Vec<usize> = errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn classes_have_the_same_numbers_in_different_rooms() {
    let list = pupils(b"1,Anna,5a\n1,Bo,5b\n");
    assert_eq!(list, [row(1, "1", "Anna", "5a"), row(2, "1", "Bo", "5b")]);
}
