//! Real names that must be ordinary, and tricks that must be refused, each with its rule.

use super::NameError::{self, Hidden, MixedAlphabets, NoLetter, TooLong, TooManyMarks};
use super::{check, key};

/// Names of people and nicknames of students, by language. Each is shown as it is.
const ORDINARY: [(&str, &str); 96] = [
    ("Burmese", "အောင်ဆန်းစုကြည်"),
    ("Burmese", "ကျော်ဇွာမိုး"),
    ("Burmese", "လျှို့ဝှက်"),
    ("Burmese", "မြို့မငြိမ်း"),
    ("Burmese", "ခင်ညွန့်"),
    ("Shan", "ၸၢႆးဢွင်ႇ"),
    ("Khamti", "က\u{FE00}ႃ"),
    ("Tibetan", "བསྟན་འཛིན་རྒྱ་མཚོ"),
    ("Tibetan", "རྡོ་རྗེ"),
    ("Tibetan", "སྒྲོལ་མ་"),
    ("Dzongkha", "འཇིགས་མེད་རྒྱལ་པོ"),
    ("Hindi, nukta", "फ़ैज़ाँ"),
    ("Hindi, nukta composed", "फ\u{93C}िरोज\u{93C}"),
    ("Hindi", "प्रिया शर्मा"),
    ("Hindi", "कृष्ण"),
    ("Hindi, conjuncts", "क्षत्रियाँ"),
    ("Hindi, ZWJ", "र्\u{200D}य"),
    ("Marathi, ZWJ", "कुऱ्\u{200D}हाडे"),
    ("Hindi, ZWNJ", "श्\u{200C}री"),
    ("Nepali", "ज्ञानेन्द्र"),
    ("Sanskrit", "विष्णुः"),
    ("Persian, ZWNJ", "علی\u{200C}رضا"),
    ("Persian, ZWNJ", "می\u{200C}نا"),
    ("Persian, ZWNJ", "نیک\u{200C}پور"),
    ("Persian, ZWNJ and mark", "نیکِ\u{200C}پور"),
    ("Persian", "زهرا کاظمی"),
    ("Arabic", "مُحَمَّد"),
    ("Arabic", "عبد الرحمٰن"),
    ("Urdu", "شہزادہ"),
    ("Uyghur", "ئابدۇرېھىم"),
    ("Kurdish", "ڕێبوار"),
    ("Sinhala, ZWJ", "ශ්\u{200D}රීමාලි"),
    ("Sinhala, ZWJ", "ප්\u{200D}රියන්ත"),
    ("Sinhala", "කුමාරි"),
    ("Malayalam, ZWJ", "അനില്\u{200D}"),
    ("Malayalam", "ശ്രീകുമാർ"),
    ("Bengali", "রবীন্দ্রনাথ"),
    ("Bengali, ZWJ before virama", "র\u{200D}্যাচেল"),
    ("Bengali", "চাঁদ"),
    ("Assamese", "ভূপেন"),
    ("Gurmukhi", "ਗੁਰਪ੍ਰੀਤ"),
    ("Gujarati", "નરેન્દ્ર"),
    ("Odia", "ଜଗନ୍ନାଥ"),
    ("Tamil", "கார்த்திகேயன்"),
    ("Telugu", "శ్రీనివాస్"),
    ("Telugu, ZWNJ", "రాజ్\u{200C}కుమార్"),
    ("Kannada", "ಕೃಷ್ಣಮೂರ್ತಿ"),
    ("Kannada, ZWJ before virama", "ಸೂರ\u{200D}್ಯ"),
    ("Thai", "น้ำฝน"),
    ("Thai", "ที่รัก"),
    ("Thai", "ปิ่นแก้ว"),
    ("Lao", "ບຸນຍັງ"),
    ("Khmer", "ស្រីមុំ"),
    ("Khmer", "ហ៊ុន"),
    ("Vietnamese", "Nguyễn Thị Ánh"),
    ("Vietnamese", "Đặng Thuỵ Trâm"),
    ("Hebrew with points", "שָׁלוֹם"),
    ("Hebrew", "מִרְיָם"),
    ("Yiddish", "ייִטע"),
    ("Amharic", "ኃይለ ሥላሴ"),
    ("Armenian", "Արամ"),
    ("Georgian", "თამარ"),
    ("Greek", "Ελένη"),
    ("Greek, ancient", "Ἀριστοτέλης"),
    ("Russian", "Ольга"),
    ("Russian, stressed", "О\u{301}льга"),
    ("Ukrainian", "Мар'яна"),
    ("Serbian", "Ђорђе"),
    ("Mongolian, old letters", "ᠪᠠᠲᠤ"),
    ("Mongolian, variant", "ᠨ\u{180B}ᠠᠷᠠ"),
    ("Chinese", "王小明"),
    ("Chinese and Latin", "小明Tom"),
    ("Chinese, rare", "𠮷田"),
    ("Chinese, foreign", "玛丽·居里"),
    ("Japanese", "ゆうキ山"),
    ("Japanese, variant", "渡邉\u{E0102}"),
    ("Japanese, variant", "葛\u{E0100}城"),
    ("Japanese, nasal", "か\u{309A}"),
    ("Korean", "김철수"),
    ("Korean", "박보검"),
    ("German", "Jürgen Groß"),
    ("French", "Zoé Lefèvre-Noël"),
    ("Irish", "Seán O'Neill"),
    ("Turkish", "İpek Çağlar"),
    ("Icelandic", "Þórður"),
    ("Lithuanian", "Žydrūnė"),
    ("Yoruba", "Ọláyínká"),
    ("Yoruba, two marks", "Fúnmiẹ\u{301}"),
    ("Hawaiian", "Kaʻiulani"),
    ("Catalan", "Gal·la"),
    ("Maori", "Māui"),
    ("emoji, variation selector", "Ann ❤\u{FE0F}"),
    ("emoji, joined", "Ann 👩\u{200D}🚀"),
    ("emoji, joined with a selector", "Pat 🏳\u{FE0F}\u{200D}🌈"),
    (
        "flag",
        "Tom 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    ),
    ("keycap", "Bo 1\u{FE0F}\u{20E3}"),
];

/// Names that nobody could read, or tell from another name, and the rule that each breaks.
fn tricks() -> Vec<(&'static str, String, NameError)> {
    let hidden = |what, name: &str| {
        let c = name.chars().find(|c| !c.is_ascii() && !c.is_alphanumeric());
        (what, name.to_owned(), Hidden(c.unwrap()))
    };
    let wrong = |what, name: &str, error| (what, name.to_owned(), error);
    let mut all: Vec<_> = HIDDEN.map(|(what, name)| hidden(what, name)).into();
    all.extend(MIXED.map(|name| wrong("two alphabets", name, MixedAlphabets)));
    all.extend(STACKED.map(|name| wrong("marks", name, TooManyMarks)));
    all.extend(
        ["❤\u{FE0F}", "👩\u{200D}🚀", "★", "🏴"].map(|name| wrong("no letter", name, NoLetter)),
    );
    all.extend([
        ("jamo", "\u{1100}".repeat(80), TooLong),
        ("conjuncts without end", "क्".repeat(73), TooLong),
        (
            "family without end",
            "A".to_owned() + &"👩\u{200D}".repeat(72) + "👩",
            TooLong,
        ),
        ("an ESC", "Ann\x1b[31m".into(), Hidden('\x1b')),
        ("a NUL", "Ann\0".into(), Hidden('\0')),
        ("a backspace", "Ann\u{8}".into(), Hidden('\u{8}')),
        // The selector of the picture is fine, the joiner that follows joins nothing.
        (
            "a joiner at the end",
            "Ann ❤\u{FE0F}\u{200D}".into(),
            Hidden('\u{200D}'),
        ),
        (
            "a joiner twice",
            "A 👩\u{200D}\u{200D}🚀".into(),
            Hidden('\u{200D}'),
        ),
        (
            "a joiner twice",
            "ශ්\u{200D}\u{200D}රී".into(),
            Hidden('\u{200D}'),
        ),
        (
            "a joiner after a vowel",
            "කු\u{200D}මා".into(),
            Hidden('\u{200D}'),
        ),
        (
            "a joiner between Hindi letters",
            "क\u{200D}ष".into(),
            Hidden('\u{200D}'),
        ),
        (
            "a tag behind a flag",
            "A 🏴\u{E0061}".into(),
            Hidden('\u{E0061}'),
        ),
        (
            "a selector twice",
            "A ❤\u{FE0F}\u{FE0F}".into(),
            Hidden('\u{FE0F}'),
        ),
    ]);
    all
}

/// The first character that is no letter is the hidden one.
const HIDDEN: [(&str, &str); 43] = [
    ("ZWSP", "Ann\u{200B}"),
    ("ZWSP inside", "A\u{200B}nn"),
    ("ZWNJ in Latin", "An\u{200C}n"),
    ("ZWNJ at the end", "Ann\u{200C}"),
    ("ZWNJ in Cyrillic", "Оль\u{200C}га"),
    ("ZWNJ in Chinese", "王\u{200C}明"),
    ("ZWNJ after a space", "Ann \u{200C}b"),
    ("ZWNJ at the end of a Persian name", "علی\u{200C}"),
    ("ZWNJ at the beginning", "\u{200C}علی"),
    ("ZWNJ twice", "علی\u{200C}\u{200C}رضا"),
    ("ZWJ in Latin", "An\u{200D}n"),
    ("ZWJ at the end", "Ann\u{200D}"),
    ("ZWJ between a letter and a picture", "Ann\u{200D}🚀"),
    ("ZWJ in Persian", "علی\u{200D}رضا"),
    ("word joiner", "Ann\u{2060}"),
    ("invisible times", "A\u{2062}nn"),
    ("BOM", "\u{FEFF}Ann"),
    ("soft hyphen", "An\u{AD}n"),
    ("LRM", "\u{200E}Ann"),
    ("RLM", "Ann\u{200F}"),
    ("ALM", "Ann\u{61C}"),
    ("LRE", "\u{202A}Ann\u{202C}"),
    ("LRO", "\u{202D}Ann"),
    ("RLO", "Ann\u{202E}nnA"),
    ("LRI", "\u{2066}Ann\u{2069}"),
    ("FSI", "\u{2068}Ann\u{2069}"),
    ("line separator", "A\u{2028}B"),
    ("paragraph separator", "A\u{2029}B"),
    ("NEL", "A\u{85}B"),
    ("deprecated format", "Ann\u{206A}"),
    ("object replacement", "Ann\u{FFFC}"),
    ("replacement", "Ann\u{FFFD}"),
    ("annotation", "Ann\u{FFF9}"),
    ("blank Braille", "Ann\u{2800}"),
    ("grapheme joiner", "An\u{34F}n"),
    ("selector on a letter", "A\u{FE0F}nn"),
    ("selector on a digit without a box", "Ann1\u{FE0F}"),
    ("ideographic selector on Latin", "Ann\u{E0100}"),
    ("Mongolian selector on Latin", "Ann\u{180B}"),
    ("Mongolian separator on Latin", "Ann\u{180E}"),
    ("tag", "Ann\u{E0041}"),
    ("private use", "Ann\u{F8FF}"),
    ("unassigned", "Ann\u{378}"),
];

const MIXED: [&str; 12] = [
    "Аnn",        // Cyrillic А
    "Annа",       // Cyrillic а
    "Tοm",        // Greek ο
    "小明Тom",    // Cyrillic Т
    "𝐓еacher",    // mathematical T, Cyrillic е
    "Ѕam",        // Cyrillic Ѕ
    "Ꭺnn",        // Cherokee
    "Αnn-marie",  // Greek Α
    "Annآ",       // Arabic
    "Anა",        // Georgian
    "Ann\u{6F1}", // a digit of Persian
    "ոbama",      // Armenian
];

const STACKED: [&str; 14] = [
    "Z\u{335}\u{335}\u{335}",
    "Qin\u{30A}g\u{300}\u{301}\u{302}",
    "\u{301}Ann",
    "Ann \u{301}b",
    "О\u{300}\u{301}\u{302}льга",
    "ก\u{E48}\u{E48}\u{E48}\u{E48}",
    "م\u{64E}\u{64E}\u{64E}\u{64E}\u{64E}",
    "क\u{93C}\u{93C}\u{93C}\u{93C}\u{93C}",
    "က\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}",
    "ཀ\u{F71}\u{F71}\u{F71}\u{F71}\u{F71}\u{F71}\u{F71}",
    "a\u{64B}nn",
    "a\u{5B0}nn",
    "a\u{93E}nn",
    "王\u{E34}",
];

#[test]
fn real_names_of_many_languages_are_ordinary() {
    use unicode_normalization::UnicodeNormalization;
    for (what, name) in ORDINARY {
        let composed: String = name.nfc().collect();
        assert_eq!(check(name), Ok(composed), "{what}: {name}");
        // As some systems type or store it.
        let decomposed: String = name.nfd().collect();
        assert_eq!(
            check(&decomposed),
            check(name),
            "{what}: {name}, decomposed"
        );
        let shown = check(name).unwrap();
        assert_eq!(check(&shown), Ok(shown.clone()), "{what}: {name}, again");
        assert!(!key(name).is_empty(), "{what}: {name}");
    }
    let languages: std::collections::BTreeSet<_> = ORDINARY
        .iter()
        .map(|(what, _)| what.split(',').next())
        .collect();
    assert!(languages.len() >= 30, "{languages:?}");
}

#[test]
fn tricks_are_refused_each_by_its_rule() {
    let tricks = tricks();
    assert!(tricks.len() >= 60);
    for (what, name, error) in tricks {
        assert_eq!(check(&name), Err(error), "{what}: {name:?}");
    }
}

#[test]
fn a_joiner_that_changes_nothing_is_left_out() {
    // After a letter that joins nothing anyway.
    assert_eq!(check("محمد\u{200C}رضا").as_deref(), Ok("محمدرضا"));
    assert_eq!(check("سید\u{200C}علی").as_deref(), Ok("سیدعلی"));
}

#[test]
fn names_that_look_the_same_without_their_invisible_characters_are_the_same() {
    for (one, other) in [
        ("علی\u{200C}رضا", "علیرضا"),
        ("ශ්\u{200D}රීමාලි", "ශ්රීමාලි"),
        ("Ann ❤\u{FE0F}", "Ann ❤"),
        ("渡邉\u{E0102}", "渡邉"),
        ("ᠨ\u{180B}ᠠᠷᠠ", "ᠨᠠᠷᠠ"),
    ] {
        assert_eq!(key(one), key(other), "{one} {other}");
        assert!(check(one).is_ok() && check(other).is_ok(), "{one} {other}");
    }
}
