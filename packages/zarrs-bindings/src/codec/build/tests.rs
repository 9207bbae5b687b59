use super::{MAX_NESTING, permutation};
use crate::codec::ArrayToBytes;
use crate::codec::tests::{BIG, SHARD, TURNED, array_of};
use crate::errors::Error;

fn turned(order: &str) -> Result<Vec<usize>, Error> {
    let text = format!(r#"{{"name":"transpose","configuration":{{"order":{order}}}}}"#);
    let metadata = serde_json::from_str(&text).unwrap_or_else(|e| unreachable!("{e}"));
    permutation(&metadata, &[2, 0, 1])
}

/// Catches two transpositions in the wrong order, and a list that is not a permutation.
#[test]
fn a_transposition_turns_what_the_earlier_ones_have_turned() {
    assert!(turned("[1,2,0]").is_ok_and(|order| order == [0, 1, 2]));
    assert!(turned("[1,0,2]").is_ok_and(|order| order == [0, 2, 1]));
    for wrong in ["[0,0,1]", "[0,1]", "[0,1,3]", "[-1,0,1]", "[0,1,2,3]", "\"F\""] {
        assert!(matches!(turned(wrong), Err(Error::Metadata(_))), "{wrong}");
    }
}

/// Catches complex numbers that are swapped as a whole, and single bytes that are swapped.
#[test]
fn the_words_of_a_data_type_are_swapped() {
    for (data_type, fill, word) in [
        ("bool", "false", 0),
        ("int16", "1", 2),
        ("float32", "1", 4),
        ("complex64", "[1,1]", 4),
        ("complex128", "[1,1]", 8),
        ("r24", "[1,2,3]", 0),
    ] {
        let info = array_of(&format!("\"{data_type}\""), fill, &[BIG]);
        let swap = info.map(|info| match info.chain.array_to_bytes {
            ArrayToBytes::Bytes { swap } => swap,
            other => unreachable!("{other:?}"),
        });
        assert!(swap.is_ok_and(|swap| swap == word), "{data_type}");
    }
}

/// Catches unlimited nesting of shards, and a shard after a codec that it cannot follow.
#[test]
fn shards_are_nested_up_to_a_depth_and_follow_transpositions_only() {
    let nested =
        |depth| (0..depth).fold(BIG.to_owned(), |codecs, _| SHARD.replacen(BIG, &codecs, 1));
    let made = |codecs: &[&str]| array_of("\"uint32\"", "7", codecs);
    assert!(made(&[&nested(MAX_NESTING)]).is_ok());
    let round = r#"{"name":"bitround","configuration":{"keepbits":3}}"#;
    let deep = nested(MAX_NESTING + 1);
    for codecs in [&[deep.as_str()][..], &[round, SHARD], &[TURNED, round, SHARD]] {
        let got = made(codecs);
        assert!(matches!(got, Err(Error::Unsupported(_))), "{codecs:?}: {got:?}");
    }
}
