//! Tests of whole shards, and helpers for the tests of their parts.

use super::Shard;
use crate::array::info::ArrayInfo;
use crate::codec::ArrayToBytes;
use crate::codec::tests::filled;
use crate::errors::{Error, Result};
use crate::options::Opts;

/// A shard of `per` subchunks of one byte each.
pub(super) fn shard(location: &str, per: [u64; 2]) -> Shard {
    ordered(location, per, "morton")
}

pub(super) fn ordered(location: &str, per: [u64; 2], order: &str) -> Shard {
    made(location, per, order, "[1,1]", "").unwrap_or_else(|error| unreachable!("{error}"))
}

fn made(location: &str, shape: [u64; 2], order: &str, chunk: &str, more: &str) -> Result<Shard> {
    let text = format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":[99,99],"data_type":"uint8",
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":{shape:?}}}}},
        "chunk_key_encoding":{{"name":"default"}},"fill_value":0,"codecs":[
        {{"name":"sharding_indexed","configuration":{{"chunk_shape":{chunk},
        "codecs":[{{"name":"bytes"}}],"index_location":"{location}","subchunk_write_order":"{order}",
        "index_codecs":[{{"name":"bytes","configuration":{{"endian":"little"}}}}{more}]}}}}]}}"#
    );
    match ArrayInfo::parse(&text)?.chain.array_to_bytes {
        ArrayToBytes::Shard(shard) => Ok(*shard),
        _ => unreachable!("the document has a shard"),
    }
}

/// Catches a member of the configuration that is ignored, or a subchunk that is cropped.
#[test]
fn what_a_shard_cannot_be_is_refused() {
    let of = |location, order, chunk, more| made(location, [6, 4], order, chunk, more);
    let sum = r#",{"name":"crc32c"}"#;
    let whole = of("end", "morton", "[3,2]", sum);
    assert!(whole.is_ok_and(|shard| (shard.per.as_slice(), shard.index_size()) == (&[2, 2], 68)));
    for (location, order, chunk) in [
        ("middle", "morton", "[3,2]"),
        ("end", "hilbert", "[3,2]"),
        ("end", "morton", "[4,2]"),
        ("end", "morton", "[12,4]"),
        ("end", "morton", "[3]"),
        ("end", "morton", "[3,0]"),
    ] {
        let got = of(location, order, chunk, sum);
        assert!(matches!(got, Err(Error::Metadata(_))), "{location} {order} {chunk}: {got:?}");
    }
    let gzip = r#",{"name":"gzip","configuration":{"level":1}}"#;
    assert!(matches!(of("end", "morton", "[3,2]", gzip), Err(Error::Unsupported(_))));
}

/// Catches a subchunk of fill values that is stored, and an absent one that is not filled.
#[test]
fn a_shard_in_memory_has_its_subchunks_and_its_index() {
    for (location, start) in [("end", 0_u64), ("start", 48)] {
        let shard = shard(location, [1, 3]);
        let entries = [(start, 1), (u64::MAX, u64::MAX), (start + 1, 1)];
        let index: Vec<u8> =
            entries.iter().flat_map(|(a, b)| [*a, *b]).flat_map(u64::to_le_bytes).collect();
        let parts: [&[u8]; 2] = if start > 0 { [&index, &[5, 7]] } else { [&[5, 7], &index] };
        let stored = parts.concat();
        assert!(shard.encode(&[5, 0, 7], &Opts::DEFAULT).is_ok_and(|found| found == stored));
        let read = |stored: &[u8]| filled(3, |into| shard.decode(stored, into, &Opts::DEFAULT));
        assert!(read(&stored).is_ok_and(|back| back == [5, 0, 7]), "{location}");
        let empty = shard.encode(&[0; 3], &Opts::DEFAULT);
        assert!(empty.is_ok_and(|found| found == [0xff; 48]), "{location}");
        assert!(read(&[0xff; 48]).is_ok_and(|back| back == [0; 3]), "{location}");
        assert!(matches!(read(&stored[..47]), Err(Error::DecodeFailed { .. })), "{location}");
    }
}
