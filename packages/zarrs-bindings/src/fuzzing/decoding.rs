//! Decodes stored bytes twice, and encodes the result.

use serde_json::{Value, json};

use crate::array::info::ArrayInfo;
use crate::codec::Chain;
use crate::codec::transfer::Transfer;
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::{Axis, Plan};

/// The options of all targets: memory for small chunks only, and every chunk is stored.
pub(super) const OPTS: Opts =
    Opts { concurrency: Some(1), write_empty_chunks: true, budget: 1 << 20, ..Opts::DEFAULT };

/// An array of one chunk.
pub(super) fn array(data_type: &Value, fill: &Value, shape: &[u64], codecs: &[Value]) -> ArrayInfo {
    let document = json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": fill, "codecs": codecs,
    });
    parsed(&document)
}

/// The array of a valid document.
pub(super) fn parsed(document: &Value) -> ArrayInfo {
    let info = ArrayInfo::parse(&document.to_string());
    info.unwrap_or_else(|error| unreachable!("{error}: {document}"))
}

/// Decodes a chunk into an array of the same layout, whose bytes were `before`.
fn decoded(chain: &Chain, stored: &[u8], before: u8, opts: &Opts) -> Result<Vec<u8>> {
    let mut array = vec![before; chain.size as usize];
    let plan = Plan::new(chain.shape.iter().map(|extent| Axis::all(*extent, *extent)).collect())?;
    let (part, view) = (plan.part(0), View::new(array.as_mut_ptr(), chain.strides.clone()));
    Transfer::new(chain, &part, &view)?.decode(stored, opts)?;
    Ok(array)
}

/// The decoded chunk, if it can be decoded. Checks that every byte is set, and the same each time.
pub(super) fn outcome(info: &ArrayInfo, stored: &[u8], opts: &Opts) -> Option<Vec<u8>> {
    let decode = |before| {
        let call = info.for_call();
        decoded(call.as_ref().map_or(&info.chain, |(info, _)| &info.chain), stored, before, opts)
    };
    match (decode(0), decode(255)) {
        (Ok(first), Ok(second)) => {
            assert!(first == second, "a decoder leaves bytes as they were");
            Some(first)
        }
        (Err(first), Err(second)) => {
            assert!(matches!(first, Error::DecodeFailed { .. } | Error::Budget(_)), "{first:?}");
            assert_eq!(first.to_string(), second.to_string());
            None
        }
        (first, second) => unreachable!("decoded once: {:?} {:?}", first.err(), second.err()),
    }
}

/// Decodes a chunk, encodes and decodes the result, and compares the two.
pub(super) fn returns(info: &ArrayInfo, stored: &[u8], opts: &Opts) {
    let call = info.for_call();
    let chain = call.as_ref().map_or(&info.chain, |(info, _)| &info.chain);
    let encoded = |stored: &[u8]| {
        let data = decoded(chain, stored, 0, opts);
        let data = data.unwrap_or_else(|error| unreachable!("it was encoded here: {error}"));
        let encoded = chain.encode(&data, opts, Vec::new()).map(std::borrow::Cow::into_owned);
        (data, encoded.unwrap_or_else(|error| unreachable!("it was decoded: {error}")))
    };
    let (first, again) = encoded(stored);
    let (second, last) = encoded(&again);
    // Elements of variable length are at another address each time.
    assert!(call.is_some() || first == second, "other elements are decoded than were encoded");
    assert!(again == last, "equal elements are encoded in different ways");
}

/// Every index of an array, in C order.
pub(super) fn indexes(shape: &[u64]) -> Vec<Vec<u64>> {
    let start = vec![Vec::new()];
    shape.iter().fold(start, |all, extent| {
        let longer = |index: &Vec<u64>| {
            let index = index.clone();
            (0..*extent).map(move |i| [index.as_slice(), &[i]].concat())
        };
        all.iter().flat_map(longer).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OPTS, array, outcome, returns};

    /// Catches a comparison that accepts whatever a decoder returns.
    #[test]
    fn a_chunk_that_is_cut_short_has_no_outcome() {
        let codecs = [json!({"name": "bytes", "configuration": {"endian": "big"}})];
        let info = array(&json!("int16"), &json!(0), &[2], &codecs);
        let whole = outcome(&info, &[0, 1, 0, 2], &OPTS);
        assert_eq!(whole, Some([1_i16, 2].map(i16::to_ne_bytes).concat()));
        assert_eq!(outcome(&info, &[0, 1, 0], &OPTS), None);
        returns(&info, &[0, 1, 0, 2], &OPTS);
    }
}
