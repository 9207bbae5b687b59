//! The header `Range`.

use std::ops::Range;

/// What a request asks of a value.
#[derive(Debug, PartialEq)]
pub enum Wanted {
    /// All of it; also where the header is not understood, as the standard says.
    Whole,
    /// These bytes of it.
    Part(Range<usize>),
    /// Bytes that it does not have.
    Nothing,
}

/// Returns what the header asks of a value of this size.
pub fn wanted(header: Option<&str>, size: usize) -> Wanted {
    let Some((first, last)) = header.and_then(|it| it.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    /// Catches ranges that are off by one, and suffixes that count from the start.
    #[test]
    fn ranges_are_those_of_the_standard() {
        for (header, expected) in [
            ("bytes=2-4", Wanted::Part(2..5)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=8-99", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=1-2,4-5", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), 10), expected, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
    }
}
