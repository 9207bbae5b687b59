//! Tests of the memory of a call, and helpers for the tests of the stored form.

#![expect(unsafe_code, reason = "reads bytes that a decoder has written")]

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::{Arena, ITEM, Token};
use crate::errors::Error;
use crate::options::Opts;

pub(super) fn decoded(
    arena: &Arena,
    data: &[u8],
    count: usize,
    budget: u64,
) -> Result<Vec<u8>, Error> {
    let mut into = vec![MaybeUninit::new(0_u8); count * ITEM];
    let opts = Opts { budget, ..Opts::DEFAULT };
    arena.decode(Cow::Borrowed(data), &mut into, &opts)?;
    // SAFETY: it was initialized.
    Ok(into.iter().map(|byte| unsafe { byte.assume_init() }).collect())
}

pub(super) fn stored(elements: &[&[u8]]) -> Vec<u8> {
    let word = |n: usize| (n as u32).to_le_bytes();
    let mut out = word(elements.len()).to_vec();
    for element in elements {
        out.extend(word(element.len()));
        out.extend(*element);
    }
    out
}

/// Catches a token whose fields overlap.
#[test]
fn a_token_comes_back_from_its_bytes() {
    for token in [
        Token::NOTHING,
        Token { block: 3, length: u32::MAX, at: u64::MAX - 1 },
        Token { block: u32::MAX - 1, length: 0, at: 1 << 40 },
    ] {
        assert_eq!(Token::of_bytes(token.to_bytes()), token);
    }
}

/// Catches a comparison of joined bytes, which erases `["aa", ""]` if the fill value is "a".
#[test]
fn elements_are_compared_with_the_fill_value_one_by_one() {
    let arena = Arena::new(true, b"a".to_vec());
    let is_fill = |elements: &[&[u8]]| {
        let tokens = decoded(&arena, &stored(elements), elements.len(), 1 << 20);
        tokens.is_ok_and(|tokens| arena.is_fill(&tokens))
    };
    assert!(is_fill(&[b"a", b"a"]));
    assert!(!is_fill(&[b"aa", b""]));
    assert!(!is_fill(&[b"a", b"b"]));
    assert!(arena.is_fill(&arena.fill()));
    let empty = Arena::new(false, Vec::new());
    assert!(empty.is_fill(&Token::EMPTY.to_bytes()));
    assert!(!empty.is_fill(&Token::NOTHING.to_bytes()));
}

/// Catches chunks that each fit the budget, but together do not.
#[test]
fn the_budget_is_for_all_chunks_of_a_call() {
    let arena = Arena::new(false, Vec::new());
    let data = stored(&[b"0123456789"]);
    assert!(decoded(&arena, &data, 1, 30).is_ok());
    assert!(matches!(decoded(&arena, &data, 1, 30), Err(Error::Budget(_))));
}
