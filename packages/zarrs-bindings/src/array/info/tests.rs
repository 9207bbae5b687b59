use serde_json::{Value, json};

use super::ArrayInfo;
use crate::errors::Error;

fn document() -> Value {
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": [7, 5],
        "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    })
}

/// The document with one member replaced, or removed if the value is null.
fn with(name: &str, value: Value) -> Result<ArrayInfo, Error> {
    let mut document = document();
    if let Value::Object(members) = &mut document {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.into(), value);
        }
    }
    ArrayInfo::parse(&document.to_string())
}

/// Catches a wrong grid for ragged shapes.
#[test]
fn a_document_gives_grid_and_item_size() {
    let info = ArrayInfo::parse(&document().to_string()).unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!(
        (info.grid.counts.as_slice(), info.item(), info.chain.size),
        ([3, 3].as_slice(), 4, 24)
    );
    assert!(info.chain.is_raw());
}

/// Catches features that are ignored, so that data is misread.
#[test]
fn what_is_not_served_is_refused_by_name() {
    let grid = json!({"name": "hexagonal", "configuration": {}});
    let keys = json!({"name": "suffix"});
    let cases = [
        ("zarr_format", json!(2), "zarr_format 2"),
        ("chunk_grid", grid, "`hexagonal`"),
        ("chunk_key_encoding", keys, "`suffix`"),
        ("data_type", json!("string"), "`string`"),
        ("codecs", json!([{"name": "bytes"}, {"name": "zfpy"}]), "`zfpy`"),
        ("storage_transformers", json!([{"name": "indirect"}]), "`indirect`"),
        ("novelty", json!({"must_understand": true}), "`novelty`"),
        ("novelty", json!(1), "`novelty`"),
        ("shape", json!(vec![1; 65]), "rank 65"),
    ];
    for (name, value, words) in cases {
        match with(name, value) {
            Err(Error::Unsupported(text)) => assert!(text.contains(words), "{text}"),
            other => unreachable!("{name}: {other:?}"),
        }
    }
    assert!(with("novelty", json!({"must_understand": false, "a": 1})).is_ok());
}

/// Catches inconsistent documents that cause a panic or an overflow later.
#[test]
fn what_is_inconsistent_is_a_metadata_error() {
    let grid =
        |extents: Value| json!({"name": "regular", "configuration": {"chunk_shape": extents}});
    let listed = |axes: Value| {
        let configuration = json!({"kind": "inline", "chunk_shapes": axes});
        json!({"name": "rectilinear", "configuration": configuration})
    };
    let outside = json!({"name": "rectilinear", "configuration": {"kind": "file"}});
    let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
    let turned = json!({"name": "transpose", "configuration": {"order": [0, 0]}});
    let shard = json!({"name": "sharding_indexed", "configuration": {"chunk_shape": [2, 2],
        "codecs": [bytes], "index_codecs": [bytes, {"name": "crc32c"}]}});
    let cases = [
        ("zarr_format", Value::Null),
        ("zarr_format", json!(4)),
        ("zarr_format", json!("3")),
        ("node_type", json!("group")),
        ("shape", Value::Null),
        ("shape", json!([7, -5])),
        ("shape", json!([7, 1_u64 << 63])),
        ("shape", json!([7])),
        ("chunk_grid", grid(json!([3, 0]))),
        ("chunk_grid", grid(json!([3]))),
        ("chunk_grid", grid(json!([3, 1_u64 << 63]))),
        ("chunk_grid", grid(json!("all"))),
        ("chunk_grid", outside),
        ("chunk_grid", listed(json!([[3, 4]]))),
        ("chunk_grid", listed(json!([[3, 3], 2]))),
        ("chunk_grid", listed(json!([[], 2]))),
        ("chunk_grid", listed(json!([[7, 0], 2]))),
        ("chunk_grid", listed(json!([[7, -1], 2]))),
        ("chunk_grid", listed(json!([[[7, 0]], 2]))),
        ("chunk_grid", listed(json!([[[7, 1, 1]], 2]))),
        ("chunk_grid", listed(json!([7, 0]))),
        ("chunk_grid", listed(json!([[[7, 1_u64 << 62]], 2]))),
        ("chunk_grid", listed(json!([[[1_u64 << 62, 2]], 2]))),
        // Each axis by itself lists few enough chunks.
        ("chunk_grid", listed(json!([[[1, 1 << 23]], [[1, 1 << 23], 1]]))),
        ("dimension_names", json!(["x"])),
        ("fill_value", json!("blue")),
        ("fill_value", Value::Null),
        ("codecs", json!([])),
        ("codecs", json!([bytes, bytes])),
        ("codecs", json!([{"name": "crc32c"}, bytes])),
        ("codecs", json!([{"name": "bytes"}])),
        ("codecs", json!([turned, bytes])),
        ("codecs", json!([shard])),
        ("codecs", json!([bytes, {"name": "gzip"}])),
    ];
    for (name, value) in cases {
        let shown = value.to_string();
        let got = with(name, value);
        assert!(matches!(got, Err(Error::Metadata(_))), "{name} {shown}: {got:?}");
    }
    let text = "[".repeat(100_000);
    assert!(matches!(ArrayInfo::parse(&text), Err(Error::Metadata(_))));
}

/// Catches runs that are not expanded, chunks that are counted beyond the end, and a list of equal
/// extents that does not take the fast path of a single extent.
#[test]
fn chunks_of_a_rectilinear_grid_have_their_own_extents() {
    let grid = |axes: Value| {
        let configuration = json!({"kind": "inline", "chunk_shapes": axes});
        with("chunk_grid", json!({"name": "rectilinear", "configuration": configuration}))
            .unwrap_or_else(|error| unreachable!("{error}"))
    };
    let info = grid(json!([[1, [2, 2], 4, 9, 9], 2]));
    assert_eq!((info.grid.counts.as_slice(), info.grid.is_even), ([4, 3].as_slice(), false));
    let shapes = (0..5).map(|row| info.grid.chunk_shape([row, 1].into_iter()).to_vec());
    assert_eq!(shapes.collect::<Vec<_>>(), [[1, 2], [2, 2], [2, 2], [4, 2], [9, 2]]);
    let chain = info.chain([3, 0].into_iter());
    assert!(chain.is_ok_and(|chain| chain.shape == [4, 2] && chain.size == 8 * 4));
    assert!(grid(json!([[[4, 2]], [2, 2, 2]])).grid.is_even);
}

/// Catches an overflow for legal chunk sizes that exceed any memory.
#[test]
fn an_absurd_chunk_is_a_document_like_any_other() {
    let extents = json!([(1_u64 << 62), (1_u64 << 62)]);
    let grid = json!({"name": "regular", "configuration": {"chunk_shape": extents}});
    assert!(with("chunk_grid", grid).is_ok_and(|info| info.chain.size == u64::MAX));
}

/// Catches a message about one document that differs from call to call.
#[test]
fn a_message_shows_the_members_of_a_fill_value_in_their_order() {
    let members: Vec<String> = (0..9).rev().map(|n| format!(r#""{n}":{n}"#)).collect();
    let written = format!("{{{}}}", members.join(","));
    for _ in 0..9 {
        let got = with("fill_value", serde_json::from_str(&written).unwrap_or_default());
        assert!(got.is_err_and(|error| error.to_string().contains(&written)));
    }
}
