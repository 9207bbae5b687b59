//! Shards with any bytes as their index.

use serde_json::{Value, json};

use super::decoding::{OPTS, array, indexes, outcome, returns};
use super::input::Input;
use crate::array::info::ArrayInfo;
use crate::codec::ArrayToBytes;
use crate::codec::shard::{Index, Shard, Source, join};
use crate::options::Opts;

const ABSENT: u64 = u64::MAX;

/// How a shard is stored.
struct Form {
    index_first: bool,
    big: bool,
    checksum: bool,
    /// The shape of the shard, and of its subchunks.
    shape: &'static [u64],
    chunk: &'static [u64],
    codecs: Value,
}

/// Decodes the rest of an input as a shard, in the form that its first bytes select. The rest is
/// either the whole shard, or the source of an index with the right size, byte order and checksum.
pub fn shard(data: &[u8]) {
    let mut input = Input(data);
    let form = Form::new(&mut input);
    let options = input.byte();
    let opts = Opts { validate_checksums: options % 2 == 0, ..OPTS };
    let codec = json!({"name": "sharding_indexed", "configuration": {
        "chunk_shape": form.chunk, "codecs": form.codecs, "index_codecs": form.index_codecs(),
        "index_location": if form.index_first { "start" } else { "end" },
    }});
    let info = array(&json!("uint16"), &json!(7), form.shape, &[codec]);
    let ArrayToBytes::Shard(shard) = &info.chain.array_to_bytes else {
        unreachable!("the document has a shard");
    };
    let stored = if options & 2 == 0 { input.0.to_vec() } else { form.made(shard, &mut input) };
    let entries = form.entries(shard, &stored, &opts);
    let index = shard.index_at(stored.len() as u64).and_then(|at| {
        let end = at as usize + shard.index_size() as usize;
        shard.index(&stored[at as usize..end], Some(stored.len() as u64), &opts)
    });
    let whole = outcome(&info, &stored, &opts);
    let (Ok(index), Some(entries)) = (&index, &entries) else {
        assert!(index.is_err() && entries.is_none(), "{entries:?}");
        assert!(whole.is_none(), "a shard with a wrong index is decoded");
        return;
    };
    let doubled = overlaps(index, entries);
    let subchunks = form.subchunks(&stored, entries, &opts);
    assert_eq!(whole.is_some(), !doubled && subchunks.is_some(), "{entries:?}");
    if let (Some(whole), Some(subchunks)) = (whole, subchunks) {
        assert!(whole == form.joined(&subchunks), "subchunks are in another place");
        returns(&info, &stored, &opts);
        kept(&info, shard, index, &stored, &whole, &opts);
    }
}

impl Form {
    fn new(input: &mut Input<'_>) -> Self {
        let (flags, codecs) = (input.byte(), input.byte());
        let (shape, chunk): (&[u64], &[u64]) = match flags >> 3 & 3 {
            0 => (&[6, 4], &[2, 2]),
            1 => (&[5], &[1]),
            2 => (&[], &[]),
            _ => (&[2, 1, 4], &[2, 1, 1]),
        };
        let codecs = match codecs % 5 {
            0 => json!([{"name": "bytes", "configuration": {"endian": "little"}}]),
            1 => json!([
                {"name": "bytes", "configuration": {"endian": "big"}}, {"name": "crc32c"},
            ]),
            2 => json!([
                {"name": "transpose", "configuration": {
                    "order": (0..chunk.len()).rev().collect::<Vec<_>>()}},
                {"name": "bytes", "configuration": {"endian": "little"}},
            ]),
            3 => json!([
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "gzip", "configuration": {"level": 1}},
            ]),
            _ => json!([{"name": "sharding_indexed", "configuration": {
                "chunk_shape": chunk.iter().map(|_| 1).collect::<Vec<u64>>(),
                "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
            }}]),
        };
        let (index_first, big, checksum) = (flags & 1 > 0, flags & 2 > 0, flags & 4 > 0);
        Self { index_first, big, checksum, shape, chunk, codecs }
    }

    fn index_codecs(&self) -> Value {
        let order = if self.big { "big" } else { "little" };
        let bytes = json!({"name": "bytes", "configuration": {"endian": order}});
        if self.checksum { json!([bytes, {"name": "crc32c"}]) } else { json!([bytes]) }
    }

    /// A shard with a well-formed index: two bytes of the input make an entry, the rest is data.
    fn made(&self, shard: &Shard, input: &mut Input<'_>) -> Vec<u8> {
        let entries: Vec<[u8; 2]> =
            (0..shard.count).map(|_| [input.byte(), input.byte()]).collect();
        let size = input.0.len() as u64 + shard.index_size();
        let word = |byte: u8| match byte {
            255 => ABSENT,
            254 => ABSENT - 1,
            253 => 1 << 63,
            252 => size,
            251 => size - shard.index_size(),
            byte => byte.into(),
        };
        let words = entries.iter().flatten().map(|byte| word(*byte));
        let mut index: Vec<u8> = words
            .flat_map(|word| if self.big { word.to_be_bytes() } else { word.to_le_bytes() })
            .collect();
        if self.checksum {
            index.extend_from_slice(&crc32c::crc32c(&index).to_le_bytes());
        }
        if self.index_first { [&index, input.0].concat() } else { [input.0, &index].concat() }
    }

    /// The entries of the index, read as in the specification, if all are inside the shard.
    fn entries(&self, shard: &Shard, stored: &[u8], opts: &Opts) -> Option<Vec<Option<Place>>> {
        let size = shard.count as usize * 16 + if self.checksum { 4 } else { 0 };
        let rest = stored.len().checked_sub(size)?;
        let index = if self.index_first { &stored[..size] } else { &stored[rest..] };
        let (low, high) = if self.index_first { (size, stored.len()) } else { (0, rest) };
        let (words, sum) = index.split_at(shard.count as usize * 16);
        if self.checksum && opts.validate_checksums && crc32c::crc32c(words).to_le_bytes() != sum {
            return None;
        }
        let (words, _) = words.as_chunks::<8>();
        let word = |bytes: &[u8; 8]| {
            if self.big { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) }
        };
        let entry = |pair: &[[u8; 8]]| {
            let (offset, length) = (word(&pair[0]), word(&pair[1]));
            if (offset, length) == (ABSENT, ABSENT) {
                return Some(None);
            }
            let end = u128::from(offset) + u128::from(length);
            let inside = offset >= low as u64 && end <= high as u128;
            inside.then_some(Some(Place { at: offset as usize, end: end as usize }))
        };
        words.chunks(2).map(entry).collect()
    }

    /// The decoded subchunks, each decoded by itself, if all can be decoded.
    fn subchunks(
        &self,
        stored: &[u8],
        entries: &[Option<Place>],
        opts: &Opts,
    ) -> Option<Vec<Vec<u8>>> {
        let codecs: Vec<Value> = serde_json::from_value(self.codecs.clone()).unwrap_or_default();
        let info = array(&json!("uint16"), &json!(7), self.chunk, &codecs);
        let size = info.chain.size as usize;
        let one = |entry: &Option<Place>| match entry {
            None => Some(7_u16.to_ne_bytes().repeat(size / 2)),
            Some(place) => {
                let data = outcome(&info, &stored[place.at..place.end], opts)?;
                Some(in_c_order(&data, self.chunk, &info.chain.strides))
            }
        };
        entries.iter().map(one).collect()
    }

    /// The elements of a shard in C order.
    fn joined(&self, subchunks: &[Vec<u8>]) -> Vec<u8> {
        let flat = |index: &[u64], shape: &[u64]| {
            index.iter().zip(shape).fold(0, |n, (i, extent)| n * extent + i) as usize
        };
        let per: Vec<u64> = self.shape.iter().zip(self.chunk).map(|(a, b)| a / b).collect();
        let mut all = Vec::new();
        for index in indexes(self.shape) {
            let axes = || index.iter().zip(self.chunk);
            let cell: Vec<u64> = axes().map(|(i, extent)| i / extent).collect();
            let inside: Vec<u64> = axes().map(|(i, extent)| i % extent).collect();
            let at = 2 * flat(&inside, self.chunk);
            all.extend_from_slice(&subchunks[flat(&cell, &per)][at..at + 2]);
        }
        all
    }
}

/// Where a subchunk is stored.
#[derive(Debug)]
struct Place {
    at: usize,
    end: usize,
}

/// Two-byte elements of any layout, copied in C order.
fn in_c_order(data: &[u8], shape: &[u64], strides: &[isize]) -> Vec<u8> {
    let offset = |index: &Vec<u64>| -> usize {
        index.iter().zip(strides).map(|(i, stride)| *i as usize * *stride as usize).sum()
    };
    indexes(shape).iter().map(offset).flat_map(|at| [data[at], data[at + 1]]).collect()
}

/// Whether two subchunks share bytes. Checks that the crate agrees, for each subchunk and for all.
fn overlaps(index: &Index, entries: &[Option<Place>]) -> bool {
    let present = || entries.iter().flatten();
    let shares = |place: &Place| {
        present().filter(|other| other.at.max(place.at) < other.end.min(place.end)).count() > 1
    };
    for (number, entry) in entries.iter().enumerate() {
        let found = index.check_overlaps(Some(number)).is_err();
        assert_eq!(found, entry.as_ref().is_some_and(shares), "{number} {entries:?}");
    }
    let doubled = present().any(shares);
    let found = index.check_overlaps(None).is_err();
    assert_eq!(found, doubled, "{entries:?}");
    doubled
}

/// Checks that a shard decodes to the same after it is rewritten without a new subchunk.
fn kept(info: &ArrayInfo, shard: &Shard, index: &Index, stored: &[u8], whole: &[u8], opts: &Opts) {
    let pieces = shard.assemble(|place| index.get(place).map(|(at, n)| Source::Kept(at, n)));
    let pieces = pieces.unwrap_or_else(|error| unreachable!("{error}"));
    if let Some(pieces) = pieces {
        let again = join(&pieces, stored).unwrap_or_else(|error| unreachable!("{error}"));
        assert!(outcome(info, &again, opts).is_some_and(|again| again == whole));
    }
}

#[cfg(test)]
mod tests {
    /// Catches trust in an index, overlaps that are found only sometimes, and misplaced subchunks.
    #[test]
    fn the_corpus_keeps_the_properties() {
        crate::fuzzing::tests::corpus("shard", super::shard);
    }
}
