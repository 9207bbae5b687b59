//! Chains of codecs, which decode any bytes.

use std::cell::OnceCell;

use serde_json::{Value, json};

use super::decoding::{OPTS, array, outcome, returns};
use super::input::Input;
use crate::array::info::ArrayInfo;
use crate::options::Opts;

/// The chains. The first byte of an input is a number in this list.
const CHAINS: &str = include_str!("../../fuzz/chains.json");

/// One chain.
struct Tried {
    info: ArrayInfo,
    codecs: Vec<Value>,
    /// Whether encoding keeps every element.
    exact: bool,
}

thread_local! {
    static ALL: OnceCell<Vec<Tried>> = const { OnceCell::new() };
}

fn all() -> Vec<Tried> {
    let list: Vec<Value> = serde_json::from_str(CHAINS).unwrap_or_default();
    let tried = |one: &Value| {
        let shape: Vec<u64> = serde_json::from_value(one["shape"].clone()).unwrap_or_default();
        let codecs: Vec<Value> = serde_json::from_value(one["codecs"].clone()).unwrap_or_default();
        let info = array(&one["data_type"], &one["fill_value"], &shape, &codecs);
        Tried { info, codecs, exact: one.get("lossy").is_none() }
    };
    list.iter().map(tried).collect()
}

/// Decodes an input by the chain that its first byte selects. The second byte selects options. The
/// lower half of the third is a number of codecs at the end of the chain: these encode the rest of
/// the input first, so that it reaches the codecs before them.
pub fn chain(data: &[u8]) {
    let mut input = Input(data);
    let (number, options, outer) = (input.byte(), input.byte(), input.byte() % 16);
    let (at, length) = (input.byte(), input.byte());
    ALL.with(|all_chains| {
        let Some(tried) = all_chains.get_or_init(all).get(usize::from(number)) else {
            return;
        };
        let opts = Opts { validate_checksums: options % 2 == 0, ..OPTS };
        let stored = through(tried, usize::from(outer), input.0);
        let whole = outcome(&tried.info, &stored, &opts);
        if tried.exact && whole.is_some() {
            returns(&tried.info, &stored, &opts);
        }
        part(&tried.info, &stored, whole.as_deref(), (at.into(), length.into()));
    });
}

/// The bytes, encoded by the last `outer` codecs.
fn through(tried: &Tried, outer: usize, data: &[u8]) -> Vec<u8> {
    let codecs = &tried.codecs;
    let first = codecs.len() - outer.min(tried.info.chain.bytes_to_bytes.len());
    let all: Vec<Value> =
        std::iter::once(json!({"name": "bytes"})).chain(codecs[first..].iter().cloned()).collect();
    if data.is_empty() || first == codecs.len() {
        return data.to_vec();
    }
    let info = array(&json!("uint8"), &json!(0), &[data.len() as u64], &all);
    // A codec may refuse a length that is not a multiple of its own unit.
    info.chain
        .encode(data, &OPTS, Vec::new())
        .map_or_else(|_| data.to_vec(), std::borrow::Cow::into_owned)
}

/// Compares a part of a chunk with the whole.
fn part(info: &ArrayInfo, stored: &[u8], whole: Option<&[u8]>, place: (usize, usize)) {
    let (size, item) = (info.chain.size as usize, info.chain.item);
    let at = place.0 * item % size.max(1);
    let length = (1 + place.1) * item;
    if at + length > size {
        return;
    }
    let mut found = Vec::new();
    match (info.chain.decode_part(stored, at, &mut found, length), whole) {
        (Ok(true), Some(whole)) => assert_eq!(found, whole[at..at + length], "another part"),
        (Ok(true), None) => assert_eq!(found.len(), length),
        (Err(error), Some(_)) => unreachable!("a part of a whole chunk is refused: {error}"),
        (Ok(false), _) | (Err(_), None) => {}
    }
}

#[cfg(test)]
mod tests {
    /// Catches a decoder that panics, that leaves bytes of a chunk unset, or that does not match
    /// its encoder.
    #[test]
    fn the_corpus_keeps_the_properties() {
        crate::fuzzing::tests::corpus("chain", super::chain);
    }
}
