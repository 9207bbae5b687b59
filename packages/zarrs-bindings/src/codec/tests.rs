#![expect(unsafe_code, reason = "what a decoder has filled is read")]

use std::mem::MaybeUninit;

use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::options::Opts;

const GZIP: &str = r#"{"name":"gzip","configuration":{"level":1}}"#;
const ZSTD: &str = r#"{"name":"zstd","configuration":{"level":1,"checksum":false}}"#;
const BLOSC: &str = r#"{"name":"blosc","configuration":{"cname":"lz4","clevel":5,
    "shuffle":"shuffle","typesize":4,"blocksize":0}}"#;
const LITTLE: &str = r#"{"name":"bytes","configuration":{"endian":"little"}}"#;
const SHARD: &str = r#"{"name":"sharding_indexed","configuration":{"chunk_shape":[7,5],
    "codecs":[{"name":"bytes","configuration":{"endian":"big"}}],"index_location":"start",
    "index_codecs":[{"name":"bytes","configuration":{"endian":"big"}},{"name":"crc32c"}]}}"#;

fn array(codecs: &[&str]) -> ArrayInfo {
    let codecs = codecs.join(",");
    let text = format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":[100,90],"data_type":"uint32",
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":[21,15]}}}},
        "chunk_key_encoding":{{"name":"default"}},"fill_value":7,"codecs":[{codecs}]}}"#
    );
    ArrayInfo::parse(&text).unwrap_or_else(|error| unreachable!("{error}"))
}

fn chains() -> Vec<Vec<&'static str>> {
    let big = r#"{"name":"bytes","configuration":{"endian":"big"}}"#;
    let turned = r#"{"name":"transpose","configuration":{"order":[1,0]}}"#;
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
        vec![big],
        vec![LITTLE, ZSTD],
        vec![big, GZIP],
        vec![LITTLE, BLOSC],
        vec![turned, LITTLE, sum],
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
        vec![turned, pcodec],
        vec![SHARD],
        vec![SHARD, ZSTD],
    ]
}

fn data(info: &ArrayInfo) -> Vec<u8> {
    (0..info.chain.size as u32 / 4).flat_map(|i| (i / 3 % 50).to_ne_bytes()).collect()
}

fn decode(info: &ArrayInfo, stored: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![MaybeUninit::new(0xee_u8); info.chain.size as usize];
    info.chain.decode(stored, &mut out, &Opts::DEFAULT)?;
    // SAFETY: every byte was initialized above.
    Ok(out.into_iter().map(|byte| unsafe { byte.assume_init() }).collect())
}

fn encode(info: &ArrayInfo, data: &[u8]) -> Vec<u8> {
    let stored = info.chain.encode(data, &Opts::DEFAULT);
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

/// Catches decoded data of the wrong length that is accepted as whole.
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
        // A codec with its own end marker stops there; its output is then whole.
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

/// Catches a flipped bit that a checksum does not detect.
#[test]
fn a_checksum_finds_every_flipped_bit() {
    let info = array(&[LITTLE, r#"{"name":"crc32c"}"#]);
    let stored = encode(&info, &data(&info));
    for bit in 0..stored.len() * 8 {
        let mut damaged = stored.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&info, &damaged).is_err(), "bit {bit}");
    }
}

/// Catches a gzip decoder that stops after the first member.
#[test]
fn all_members_of_a_gzip_stream_are_decoded() {
    let info = array(&[LITTLE, GZIP]);
    let data = data(&info);
    let (head, tail) = data.split_at(100);
    let member = |part: &[u8]| super::deflate::Wrapper::Gzip.encode(part, 1).unwrap_or_default();
    let stored = [member(head), member(tail), vec![0; 5]].concat();
    assert!(decode(&info, &stored).is_ok_and(|back| back == data));
    let again = [member(head), member(tail), member(head)].concat();
    assert!(decode(&info, &again).is_err());
}

/// Catches a decoder of unknown sizes that accepts other streams than that of known sizes.
#[test]
fn gzip_within_a_chain_is_read_like_gzip_alone() {
    let info = array(&[LITTLE, r#"{"name":"crc32c"}"#, GZIP]);
    let data = data(&info);
    let summed = super::checksum::Checksum::CRC32C.encode(&data).unwrap_or_default();
    let (head, tail) = summed.split_at(100);
    let member = |part: &[u8]| super::deflate::Wrapper::Gzip.encode(part, 1).unwrap_or_default();
    let members = [member(head), member(&[]), member(tail)].concat();
    for zeros in [0, 1, 5, 99] {
        let stored = [members.as_slice(), &vec![0; zeros]].concat();
        assert!(decode(&info, &stored).is_ok_and(|back| back == data), "{zeros}");
    }
    for rest in [&[1][..], &[0, 0, 1], &member(&[1])] {
        assert!(decode(&info, &[members.as_slice(), rest].concat()).is_err(), "{rest:?}");
    }
    assert!(decode(&info, &members[..members.len() - 1]).is_err());
}

/// Catches a decompression bomb that is unpacked before it is rejected.
#[test]
fn a_bomb_is_refused_without_unpacking_it() {
    let zeros = vec![0_u8; 64 << 20];
    for (codecs, place) in [(vec![LITTLE, ZSTD, GZIP], 1), (vec![LITTLE, GZIP, ZSTD], 1)] {
        let info = array(&codecs);
        let options = super::options::codec_options(&Opts::DEFAULT);
        let bomb = info.chain.bytes_to_bytes[place].encode(&zeros, &options).unwrap_or_default();
        assert!(matches!(decode(&info, &bomb), Err(Error::DecodeFailed { .. })), "{codecs:?}");
    }
}

/// Catches trust in a stream's declared count or type of numbers.
#[test]
fn numbers_are_decoded_as_many_as_a_chunk_has() {
    use super::pcodec::decode;
    use pco::ChunkConfig;
    use pco::data_types::NumberType::{F32, U32};
    use pco::standalone::simple_compress;
    let config = ChunkConfig::default();
    let encode = |numbers: &[u32]| simple_compress(numbers, &config).unwrap_or_default();
    let numbers: Vec<u32> = (0..3000).map(|i| i / 3 % 50).collect();
    let stored = encode(&numbers);
    let mut out = vec![MaybeUninit::new(0_u8); 4 * numbers.len()];
    assert!(decode(U32, &stored, &mut out).is_ok());
    assert!(decode(F32, &stored, &mut out).is_err());
    assert!(decode(U32, &stored[..stored.len() - 1], &mut out).is_err());
    assert!(decode(U32, &stored, &mut out[4..]).is_err());
    out.extend([MaybeUninit::new(0); 4]);
    assert!(decode(U32, &stored, &mut out).is_err());
    // The number of elements that a file declares is only a hint.
    let version = stored.windows(2).position(|two| two == [4, 1]).unwrap_or(0);
    let hint = (0x27_u64 | 1 << 45).to_le_bytes();
    let told = [&stored[..6], &hint[..6], &stored[version..]].concat();
    assert!(decode(U32, &told, &mut out[4..]).is_ok());
    assert!(decode(U32, &encode(&vec![0; 1 << 22]), &mut out).is_err());
}

/// Catches a decoder that starts or stops at the wrong place in a stream.
#[test]
fn a_part_of_a_stream_is_the_part_of_the_whole() {
    for codec in [ZSTD, BLOSC] {
        let info = array(&[LITTLE, codec]);
        let data = data(&info);
        let stored = encode(&info, &data);
        let mut part = Vec::new();
        for (at, length) in [(0, 4), (40, 100), (200, 300)] {
            let done = info.chain.decode_part(&stored, at, &mut part, length);
            assert!(done.is_ok_and(|done| done), "{codec}");
            assert_eq!(part, data[at..at + length], "{codec} {at}");
        }
    }
}
