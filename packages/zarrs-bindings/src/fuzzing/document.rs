//! Metadata documents made from any text.

use super::decoding::{OPTS, outcome, returns};
use crate::array::info::ArrayInfo;
use crate::errors::Error;
use crate::plan::{Axis, Plan};

/// The largest chunk that is encoded.
const SMALL: u64 = 1 << 14;

/// Reads a document twice, and uses the array that it describes.
pub fn document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match (ArrayInfo::parse(text), ArrayInfo::parse(text)) {
        (Ok(first), Ok(second)) => {
            assert_eq!((&first.shape, first.chain.size), (&second.shape, second.chain.size));
            grid(&first);
            fill(&first);
        }
        (Err(first), Err(second)) => {
            assert!(matches!(first, Error::Metadata(_) | Error::Unsupported(_)), "{first:?}");
            assert_eq!(first.to_string(), second.to_string());
        }
        _ => unreachable!("a document is accepted and refused"),
    }
}

/// Checks that a selection of everything has a plan, and the first and the last chunk have codecs.
fn grid(info: &ArrayInfo) {
    let axes = info.shape.iter().zip(&info.grid.axes);
    let everything = axes.map(|(length, chunk_axis)| Axis::span(0, 1, *length, chunk_axis));
    match Plan::new(everything.collect()) {
        Ok(plan) if plan.len() > 0 => {
            for part in [plan.part(0), plan.part(plan.len() - 1)] {
                let chain = info.chain(part.cell());
                let chain = chain.unwrap_or_else(|error| unreachable!("{error}"));
                assert_eq!(*chain.shape, *info.grid.chunk_shape(part.cell()));
            }
        }
        Ok(_) | Err(Error::Bounds(_)) => {}
        Err(error) => unreachable!("{error}"),
    }
}

/// Checks that a chunk of the fill value can be encoded, and decodes to the same.
fn fill(info: &ArrayInfo) {
    if info.chain.size > SMALL {
        return;
    }
    let call = info.for_call();
    let info = call.as_ref().map_or(info, |(info, _)| info);
    let data = info.fill.bytes.repeat(info.chain.size as usize / info.item());
    match info.chain.encode(&data, &OPTS, Vec::new()) {
        Ok(stored) => {
            assert!(outcome(info, &stored, &OPTS).is_some(), "it was encoded here");
            returns(info, &stored, &OPTS);
        }
        Err(Error::Unsupported(_) | Error::Metadata(_)) => {}
        Err(error) => unreachable!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    /// Catches a document that makes the parser panic, or an array whose chunks cannot be encoded.
    #[test]
    fn the_corpus_keeps_the_properties() {
        crate::fuzzing::tests::corpus("document", super::document);
    }
}
