//! Names in URLs and in XML.

/// Decodes `%20` and the like.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|it| u8::from_str_radix(it, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(code)) => {
                found.push(code);
                at += 3;
            }
            (byte, _) => {
                found.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&found).into_owned()
}

/// Splits the part of a URL after `?`; a name without a value has an empty one.
pub fn parsed(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|it| !it.is_empty())
        .map(|it| it.split_once('=').unwrap_or((it, "")))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .collect()
}

const ENTITIES: [(&str, &str); 5] =
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];

/// Writes a text so that it can stand in XML.
pub fn escaped(text: &str) -> String {
    ENTITIES.iter().rev().fold(text.to_owned(), |text, (entity, sign)| text.replace(sign, entity))
}

/// Returns the contents of each element of a name, in order.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open)
        .skip(1)
        .filter_map(|it| it.split_once(&close))
        .map(|(it, _)| {
            ENTITIES.iter().fold(it.to_owned(), |it, (entity, sign)| it.replace(entity, sign))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{decoded, elements, escaped, parsed};

    /// Catches keys with signs that become other keys.
    #[test]
    fn signs_in_urls_are_decoded_once() {
        assert_eq!(decoded("a%20b%2525/%C3%A4+%"), "a b%25/ä+%");
        assert_eq!(decoded("ä%2"), "ä%2");
        let pairs = [("delete", ""), ("prefix", "a b/c"), ("n", "1=2")];
        let expected = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parsed("delete&prefix=a+b%2Fc&n=1=2"), expected);
        assert_eq!(parsed(""), []);
    }

    /// Catches an entity that is decoded twice, and a name that starts with another.
    #[test]
    fn signs_in_xml_come_back() {
        let key = "a<b>&lt;\"'";
        assert_eq!(escaped(key), "a&lt;b&gt;&amp;lt;&quot;&apos;");
        let xml = format!("<Keys><Key>{}</Key><Key>x</Key><Keyed>y</Keyed></Keys>", escaped(key));
        assert_eq!(elements(&xml, "Key"), [key, "x"]);
    }
}
