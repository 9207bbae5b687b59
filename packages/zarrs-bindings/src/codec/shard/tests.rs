use super::index::ABSENT;
use super::{Piece, Shard, Source, join};
use crate::array::info::ArrayInfo;
use crate::codec::ArrayToBytes;
use crate::options::Opts;

fn shard(location: &str, per: [u64; 2]) -> Shard {
    ordered(location, per, "morton")
}

fn ordered(location: &str, per: [u64; 2], order: &str) -> Shard {
    let text = format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":[99,99],"data_type":"uint8",
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":[{},{}]}}}},
        "chunk_key_encoding":{{"name":"default"}},"fill_value":0,"codecs":[
        {{"name":"sharding_indexed","configuration":{{"chunk_shape":[1,1],
        "codecs":[{{"name":"bytes"}}],"index_location":"{location}","subchunk_write_order":"{order}",
        "index_codecs":[{{"name":"bytes","configuration":{{"endian":"little"}}}}]}}}}]}}"#,
        per[0], per[1]
    );
    let info = ArrayInfo::parse(&text).unwrap_or_else(|error| unreachable!("{error}"));
    match info.chain.array_to_bytes {
        ArrayToBytes::Shard(shard) => *shard,
        _ => unreachable!("the document has a shard"),
    }
}

fn index_of(entries: &[(u64, u64)]) -> Vec<u8> {
    entries.iter().flat_map(|(o, l)| [*o, *l]).flat_map(u64::to_le_bytes).collect()
}

/// Catches trust in index entries: the ways in which offsets and lengths can be wrong.
#[test]
fn an_index_that_points_outside_is_refused() {
    for (location, low, high) in [("end", 0, 68), ("start", 32, 100)] {
        let shard = shard(location, [1, 2]);
        let check = |entry: (u64, u64)| {
            let stored = index_of(&[entry, (ABSENT, ABSENT)]);
            shard.index(&stored, Some(100), &Opts::DEFAULT).is_ok()
        };
        assert!(check((low, high - low)) && check((high - 1, 1)) && check((ABSENT, ABSENT)));
        let lies = [
            (low, high - low + 1),
            (high, 1),
            (1 << 62, 1 << 62),
            (ABSENT, 1),
            (1, ABSENT),
            (ABSENT - 1, 1),
        ];
        for lie in lies {
            assert!(!check(lie), "{location} {lie:?}");
        }
    }
    assert!(!shard("start", [1, 2]).index_at(31).is_ok_and(|_| true));
}

/// Catches subchunks that share bytes; raw codecs would silently return wrong data.
#[test]
fn an_index_with_overlaps_is_refused() {
    let shard = shard("end", [1, 3]);
    let index = |entries: &[(u64, u64)]| {
        let index = shard.index(&index_of(entries), Some(100), &Opts::DEFAULT);
        index.unwrap_or_else(|error| unreachable!("{error}"))
    };
    let apart = index(&[(8, 4), (ABSENT, ABSENT), (4, 4)]);
    assert!(apart.check_overlaps(None).is_ok() && apart.check_overlaps(Some(0)).is_ok());
    let doubled = index(&[(8, 4), (20, 1), (5, 4)]);
    assert!(doubled.check_overlaps(None).is_err());
    assert!(doubled.check_overlaps(Some(0)).is_err() && doubled.check_overlaps(Some(1)).is_ok());
}

/// Catches an order of subchunks other than the requested one.
#[test]
fn subchunks_are_stored_in_the_order_of_the_codec() {
    for (name, order) in [
        ("morton", [0, 3, 1, 4, 6, 9, 7, 10, 2, 5, 8, 11]),
        ("lexicographic", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ("colexicographic", [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]),
    ] {
        let places = ordered("end", [4, 3], name).places().unwrap_or_default();
        assert!(places.iter().map(|(_, place)| *place).eq(order), "{name}: {places:?}");
    }
}

/// Catches a wrong order of subchunks, or an index that does not match it.
#[test]
fn subchunks_are_stored_in_morton_order() {
    let shard = shard("end", [2, 3]);
    let parts: Vec<Vec<u8>> = (0..6).map(|i| vec![i]).collect();
    let pieces = shard.assemble(|place| Some(Source::New(&parts[place])));
    let pieces = pieces.ok().flatten().unwrap_or_default();
    let joined = join(&pieces, &[]).unwrap_or_default();
    // Rows of three, the first axis varying fastest: (0,0) (1,0) (0,1) (1,1) (0,2) (1,2).
    assert_eq!(joined[..6], [0, 3, 1, 4, 2, 5]);
    let index = shard.index(&joined[6..], Some(joined.len() as u64), &Opts::DEFAULT);
    let index = index.unwrap_or_else(|error| unreachable!("{error}"));
    assert_eq!(index.get(3), Some((1, 1)));
    assert_eq!(index.get(5), Some((5, 1)));
}

/// Catches a shard that is stored although it is empty.
#[test]
fn a_shard_without_subchunks_is_no_shard() {
    assert!(shard("end", [1, 2]).assemble(|_| None).is_ok_and(|pieces| pieces.is_none()));
}

/// Catches separate copies of neighbors, or a joint copy of subchunks no longer adjacent.
#[test]
fn neighbours_that_are_kept_are_copied_together() {
    for (location, head) in [("end", 0), ("start", 64)] {
        let shard = shard(location, [1, 4]);
        // Stored consecutively from offset 100; the second to last is replaced.
        let kept = |place: usize| Source::Kept(100 + 10 * place as u64, 10);
        let source = |place| Some(if place == 2 { Source::New(b"new") } else { kept(place) });
        let pieces = shard.assemble(source).ok().flatten().unwrap_or_default();
        let body = if head > 0 { &pieces[1..] } else { &pieces[..3] };
        assert!(
            matches!(body, [Piece::Kept(100, 20), Piece::New(new), Piece::Kept(130, 10)]
                if **new == *b"new"),
            "{body:?}"
        );
        let old: Vec<u8> = (0..140).collect();
        let joined = join(&pieces, &old).unwrap_or_default();
        assert_eq!(joined[head..head + 20], old[100..120]);
        assert_eq!(joined[head + 23..head + 33], old[130..]);
    }
}
