//! Tests of chains of several codecs, and helpers for the tests of each codec.

#![expect(unsafe_code, reason = "reads bytes that a decoder has written")]

use std::mem::MaybeUninit;

use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::options::Opts;

pub(super) const GZIP: &str = r#"{"name":"gzip","configuration":{"level":1}}"#;
pub(super) const ZSTD: &str = r#"{"name":"zstd","configuration":{"level":1,"checksum":false}}"#;
pub(super) const BLOSC: &str = r#"{"name":"blosc","configuration":{"cname":"lz4","clevel":5,
    "shuffle":"shuffle","typesize":4,"blocksize":0}}"#;
pub(super) const LITTLE: &str = r#"{"name":"bytes","configuration":{"endian":"little"}}"#;
pub(super) const SHARD: &str = r#"{"name":"sharding_indexed","configuration":{"chunk_shape":[7,5],
    "codecs":[{"name":"bytes","configuration":{"endian":"big"}}],"index_location":"start",
    "index_codecs":[{"name":"bytes","configuration":{"endian":"big"}},{"name":"crc32c"}]}}"#;

pub(super) const BIG: &str = r#"{"name":"bytes","configuration":{"endian":"big"}}"#;
pub(super) const TURNED: &str = r#"{"name":"transpose","configuration":{"order":[1,0]}}"#;

/// An array of `uint32` in ragged chunks of 21 x 15.
pub(super) fn array(codecs: &[&str]) -> ArrayInfo {
    array_of("\"uint32\"", "7", codecs).unwrap_or_else(|error| unreachable!("{error}"))
}

pub(super) fn array_of(data_type: &str, fill: &str, codecs: &[&str]) -> Result<ArrayInfo> {
    let codecs = codecs.join(",");
    let text = format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":[100,90],"data_type":{data_type},
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":[21,15]}}}},
        "chunk_key_encoding":{{"name":"default"}},"fill_value":{fill},"codecs":[{codecs}]}}"#
    );
    ArrayInfo::parse(&text)
}

fn chains() -> Vec<Vec<&'static str>> {
    let sum = r#"{"name":"crc32c"}"#;
    let shuffle = r#"{"name":"numcodecs.shuffle","configuration":{"elementsize":4}}"#;
    let fletcher = r#"{"name":"numcodecs.fletcher32","configuration":{}}"#;
    let adler = r#"{"name":"numcodecs.adler32","configuration":{"location":"end"}}"#;
    let lz4 = r#"{"name":"numcodecs.lz4","configuration":{"acceleration":1}}"#;
    let crc32 = r#"{"name":"numcodecs.crc32","configuration":{"location":"start"}}"#;
    let zlib = r#"{"name":"numcodecs.zlib","configuration":{"level":1}}"#;
    let bz2 = r#"{"name":"numcodecs.bz2","configuration":{"level":1}}"#;
    let bits = r#"{"name":"packbits"}"#;
    let pcodec = r#"{"name":"numcodecs.pcodec","configuration":{"level":1,"delta_encoding_order":0,
        "mode_spec":"auto","equal_pages_up_to":1000,"delta_spec":"auto","paging_spec":
        "equal_pages_up_to"}}"#;
    vec![
        vec![LITTLE],
        vec![BIG],
        vec![LITTLE, ZSTD],
        vec![BIG, GZIP],
        vec![LITTLE, BLOSC],
        vec![TURNED, LITTLE, sum],
        vec![LITTLE, GZIP, ZSTD, sum],
        vec![LITTLE, sum, BLOSC, GZIP],
        vec![LITTLE, zlib],
        vec![LITTLE, bz2],
        vec![LITTLE, shuffle, ZSTD],
        vec![LITTLE, fletcher],
        vec![LITTLE, adler],
        vec![LITTLE, lz4],
        vec![LITTLE, lz4, crc32, ZSTD],
        vec![bits],
        vec![pcodec, sum],
        vec![TURNED, pcodec],
        vec![SHARD],
        vec![SHARD, ZSTD],
    ]
}

pub(super) fn data(info: &ArrayInfo) -> Vec<u8> {
    (0..info.chain.size as u32 / 4).flat_map(|i| (i / 3 % 50).to_ne_bytes()).collect()
}

pub(super) fn decode(info: &ArrayInfo, stored: &[u8]) -> Result<Vec<u8>> {
    let size = info.chain.size as usize;
    filled(size, |into| info.chain.decode(stored, into, &Opts::DEFAULT))
}

/// The `size` bytes that a decoder writes.
pub(super) fn filled(
    size: usize,
    decode: impl FnOnce(&mut [MaybeUninit<u8>]) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut out = vec![MaybeUninit::new(0xee_u8); size];
    decode(&mut out)?;
    // SAFETY: every byte was initialized above.
    Ok(out.into_iter().map(|byte| unsafe { byte.assume_init() }).collect())
}

pub(super) fn encode(info: &ArrayInfo, data: &[u8]) -> Vec<u8> {
    let stored = info.chain.encode(data, &Opts::DEFAULT, Vec::new());
    stored.unwrap_or_else(|error| unreachable!("{error}")).into_owned()
}

/// Catches an encoder and a decoder that do not match.
#[test]
fn every_chain_gives_back_what_it_was_given() {
    for codecs in chains() {
        let info = array(&codecs);
        let data = data(&info);
        let back = decode(&info, &encode(&info, &data));
        assert!(back.is_ok_and(|back| back == data), "{codecs:?}");
    }
}

/// Catches decoded data of the wrong length that is accepted.
#[test]
fn data_of_another_length_is_refused() {
    for codecs in chains() {
        let info = array(&codecs);
        let stored = encode(&info, &data(&info));
        for length in [0, 1, stored.len() / 2, stored.len() - 1] {
            let got = decode(&info, &stored[..length]);
            assert!(matches!(got, Err(Error::DecodeFailed { .. })), "{codecs:?} {length}");
        }
        let longer = [stored.as_slice(), &[1; 9]].concat();
        let got = decode(&info, &longer);
        // A codec with its own end marker stops there, and its output is complete.
        assert!(got.is_err() || got.is_ok_and(|got| got == data(&info)), "{codecs:?}");
    }
}

/// Catches panics, and writes outside the buffer, on damaged data.
#[test]
fn damage_gives_an_error_or_data_but_never_a_panic() {
    for codecs in chains() {
        let info = array(&codecs);
        let stored = encode(&info, &data(&info));
        for step in 0..stored.len().min(400) {
            let mut damaged = stored.clone();
            let at = step * stored.len() / stored.len().min(400);
            damaged[at] ^= 1 << (step % 8);
            let got = decode(&info, &damaged);
            assert!(matches!(got, Ok(_) | Err(Error::DecodeFailed { .. })), "{codecs:?} {at}");
        }
    }
}
