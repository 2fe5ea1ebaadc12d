//! The HTML parser against Telegram's texts, and against generated input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::parse_html;
use crate::entities::{EntityKind, MessageEntity, to_html, trim_text, utf16_len};

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn offsets_count_utf16_units() {
    let parsed = parse_html("\u{1f600}<b>\u{e9}\u{1f600}</b>x<i>y</i>").unwrap();
    assert_eq!(parsed.text, "\u{1f600}\u{e9}\u{1f600}xy");
    let expected = [MessageEntity::new(EntityKind::Bold, 2, 3), MessageEntity::new(EntityKind::Italic, 6, 1)];
    assert_eq!(parsed.entities, expected);
}

#[test]
fn documented_tags_are_supported() {
    let cases = [
        ("<strong>x</strong>", EntityKind::Bold),
        ("<em>x</em>", EntityKind::Italic),
        ("<ins>x</ins>", EntityKind::Underline),
        ("<strike>x</strike>", EntityKind::Strikethrough),
        ("<del>x</del>", EntityKind::Strikethrough),
        ("<span class=\"tg-spoiler\">x</span>", EntityKind::Spoiler),
        ("<tg-spoiler>x</tg-spoiler>", EntityKind::Spoiler),
        ("<a href=\"http://example.com/?a=1&amp;b\">x</a>", EntityKind::TextLink),
        ("<a href=\"tg://user?id=7\">x</a>", EntityKind::TextMention),
        ("<code>x</code>", EntityKind::Code),
        ("<PRE>x</PRE>", EntityKind::Pre),
        ("<blockquote>x</blockquote>", EntityKind::Blockquote),
        ("<blockquote expandable>x</blockquote>", EntityKind::ExpandableBlockquote),
        ("<tg-emoji emoji-id=\"5\">x</tg-emoji>", EntityKind::CustomEmoji),
    ];
    for (html, kind) in cases {
        let parsed = parse_html(html).unwrap();
        assert_eq!(parsed.text, "x", "{html}");
        assert_eq!(parsed.entities.first().map(|entity| entity.kind), Some(kind), "{html}");
    }
}

#[test]
fn code_language_moves_to_the_surrounding_pre() {
    let parsed = parse_html("<pre><code class=\"language-rust\">x</code></pre>").unwrap();
    assert_eq!(parsed.entities.len(), 1);
    assert_eq!(parsed.entities[0].language.as_deref(), Some("rust"));
}

#[test]
fn character_references_are_decoded_and_a_lone_ampersand_stays() {
    assert_eq!(
        parse_html("&lt;&gt;&amp;&quot;&#33;&#x1F600; &nbsp; a & b &#0; &lt").unwrap().text,
        "<>&\"!\u{1f600} &nbsp; a & b &#0; <"
    );
}

#[test]
fn errors_have_telegrams_texts() {
    let cases = [
        ("x <x>y</x>", "Unsupported start tag \"x\" at byte offset 2"),
        ("\u{e9}<br/>", "Unsupported start tag \"br/\" at byte offset 2"),
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
        ("a < b", "Unsupported start tag \"\" at byte offset 2"),
        ("a < b > c", "Unsupported start tag \"\" at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
        ("<a href=\"x", "Unclosed start tag \"a\" at byte offset 0"),
        ("<a =x>y</a>", "Empty attribute name in the tag \"a\" at byte offset 0"),
        ("<a href=a/b>y</a>", "Unexpected end of name token at byte offset 8"),
    ];
    for (html, expected) in cases {
        assert_eq!(parse_html(html).unwrap_err(), expected, "{html}");
    }
}

#[test]
fn trimming_adjusts_entities() {
    let parsed = trim_text(parse_html(" \n<b> x</b>\n").unwrap());
    assert_eq!(
        (parsed.text.as_str(), parsed.entities),
        ("x", vec![MessageEntity::new(EntityKind::Bold, 0, 1)])
    );
}

proptest! {
    #[test]
    fn escaped_text_round_trips(text in any::<String>()) {
        prop_assert_eq!(parse_html(&escaped(&text)).unwrap().text, text);
    }

    #[test]
    fn parser_never_panics_and_ranges_stay_inside(html in "[<>/a-c \"'=&#;x1\u{e9}\u{1f600}]{0,40}") {
        if let Ok(parsed) = parse_html(&html) {
            for entity in parsed.entities {
                prop_assert!(entity.length > 0);
                prop_assert!(entity.offset + entity.length <= utf16_len(&parsed.text));
            }
        }
    }

    #[test]
    fn html_of_a_message_round_trips(parts in prop::collection::vec((0_usize..5, "[a-z<&\u{1f600}]{1,6}"), 1..6)) {
        let tags = ["b", "i", "u", "s", "code"];
        let html = parts.iter().map(|(tag, text)| format!("<{0}>{1}</{0}>", tags[*tag], escaped(text))).collect::<Vec<_>>().join("-");
        let parsed = parse_html(&html).unwrap();
        prop_assert_eq!(parse_html(&to_html(&parsed.text, &parsed.entities)).unwrap(), parsed);
    }
}
