//! Reads a metadata document and checks each member.

use serde_json::{Map, Value};
use zarrs::array::ArrayMetadataV3;
use zarrs::metadata::v3::MetadataV3;

use crate::elements::fill::Fill;
use crate::errors::{Error, Result};
use crate::metadata::element::{self, Element};
use crate::metadata::grid::Grid;
use crate::store::key::{KeyEncoding, KeyStyle};

/// Maximum supported rank; `NumPy` has the same limit.
const MAX_RANK: usize = 64;

const MEMBERS: [&str; 11] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "storage_transformers",
    "dimension_names",
];

/// The members of a document that reading and writing need.
pub(crate) struct Document {
    pub(crate) shape: Vec<u64>,
    pub(crate) grid: Grid,
    pub(crate) keys: KeyEncoding,
    pub(crate) element: Element,
    pub(crate) fill: Fill,
    pub(crate) codecs: Vec<MetadataV3>,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| Error::Metadata(format!("the metadata document is not JSON: {e}")))?;
        let Value::Object(members) = &value else {
            return Err(Error::Metadata("the metadata document is not a JSON object".into()));
        };
        check_members(members)?;
        // For messages: the parsed value has lost the order of its members.
        let written = members.get("fill_value").cloned().unwrap_or_default();
        let document: ArrayMetadataV3 = serde_json::from_value(value)
            .map_err(|e| Error::Metadata(format!("the metadata document is not valid: {e}")))?;
        check_shape(&document.shape, &document)?;
        let grid = Grid::new(&document.chunk_grid, &document.shape)?;
        let keys = key_encoding(&document.chunk_key_encoding)?;
        let (element, fill) = element::of(&document, &written)?;
        let (shape, codecs) = (document.shape, document.codecs);
        Ok(Self { shape, grid, keys, element, fill, codecs })
    }
}

/// Checks the format, the node type, and for unknown members that must be understood.
fn check_members(members: &Map<String, Value>) -> Result<()> {
    match members.get("zarr_format") {
        Some(Value::Number(n)) if n.as_u64() == Some(3) => {}
        Some(Value::Number(n)) if n.as_u64() == Some(2) => {
            return Err(Error::Unsupported("zarr_format 2 is not supported".into()));
        }
        Some(other) => {
            return Err(Error::Metadata(format!("zarr_format is {other}, which is no format")));
        }
        None => {
            return Err(Error::Metadata("the member `zarr_format` is missing".into()));
        }
    }
    match members.get("node_type") {
        Some(Value::String(kind)) if kind == "array" => {}
        other => {
            let found = other.map_or("missing".into(), Value::to_string);
            return Err(Error::Metadata(format!("node_type is {found}, and not \"array\"")));
        }
    }
    let unknown = members.iter().find(|(name, value)| {
        !MEMBERS.contains(&name.as_str())
            && value.get("must_understand") != Some(&Value::Bool(false))
    });
    match unknown {
        Some((name, _)) => Err(Error::Unsupported(format!(
            "the member `{name}` must be understood and is not supported"
        ))),
        None => Ok(()),
    }
}

fn check_shape(shape: &[u64], document: &ArrayMetadataV3) -> Result<()> {
    if shape.len() > MAX_RANK {
        return Err(Error::Unsupported(format!(
            "rank {} is not supported; the most is {MAX_RANK}",
            shape.len()
        )));
    }
    if let Some(extent) = shape.iter().find(|n| i64::try_from(**n).is_err()) {
        return Err(Error::Metadata(format!("shape has the extent {extent}, beyond 2^63 - 1")));
    }
    if let Some(names) = &document.dimension_names
        && names.len() != shape.len()
    {
        return Err(Error::Metadata(format!(
            "dimension_names has {} names for {} dimensions",
            names.len(),
            shape.len()
        )));
    }
    match document.storage_transformers.first() {
        Some(first) => Err(Error::Unsupported(format!(
            "storage transformer `{}` is not supported",
            first.name()
        ))),
        None => Ok(()),
    }
}

fn key_encoding(encoding: &MetadataV3) -> Result<KeyEncoding> {
    let (style, default) = match encoding.name() {
        "default" => (KeyStyle::Default, b'/'),
        "v2" => (KeyStyle::V2, b'.'),
        other => {
            return Err(Error::Unsupported(format!(
                "chunk key encoding `{other}` is not supported"
            )));
        }
    };
    let separator = match encoding.configuration().and_then(|c| c.get("separator")) {
        None => default,
        Some(Value::String(text)) if text == "/" => b'/',
        Some(Value::String(text)) if text == "." => b'.',
        Some(other) => {
            return Err(Error::Metadata(format!(
                "the separator of chunk_key_encoding is {other}, and not \"/\" or \".\""
            )));
        }
    };
    Ok(KeyEncoding { style, separator })
}

#[cfg(test)]
mod tests {
    use super::{Document, KeyStyle, MetadataV3};
    use crate::errors::{Error, Result};
    use serde_json::{Value, json};

    fn scalar(name: &str, value: Value) -> Result<Document> {
        let mut document = json!({
            "zarr_format": 3, "node_type": "array", "shape": [], "data_type": "uint8",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": []}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 7,
            "codecs": [{"name": "bytes"}],
        });
        document[name] = value;
        Document::parse(&document.to_string())
    }

    /// Catches an encoding with the default separator of the other.
    #[test]
    fn an_encoding_of_keys_has_its_own_default_separator() {
        let encoding = |name: &str, separator: Option<&str>| {
            let configuration = separator.map_or(json!({}), |one| json!({"separator": one}));
            let encoding = json!({"name": name, "configuration": configuration});
            scalar("chunk_key_encoding", encoding).map(|document| document.keys)
        };
        for (name, style, default) in
            [("default", KeyStyle::Default, b'/'), ("v2", KeyStyle::V2, b'.')]
        {
            for (given, used) in [(None, default), (Some("/"), b'/'), (Some("."), b'.')] {
                let keys = encoding(name, given);
                let keys = keys.map(|keys| (keys.style, keys.separator));
                assert!(keys.is_ok_and(|found| found == (style, used)), "{name} {given:?}");
            }
            assert!(matches!(encoding(name, Some("-")), Err(Error::Metadata(_))));
        }
        assert!(matches!(encoding("suffix", None), Err(Error::Unsupported(_))));
    }

    /// Catches a scalar that is refused, or that loses a member.
    #[test]
    fn a_document_of_a_scalar_is_read() {
        let document = scalar("attributes", json!({"a": 1}));
        let document = document.unwrap_or_else(|error| unreachable!("{error}"));
        assert!(document.shape.is_empty() && document.grid.counts.is_empty());
        assert_eq!((document.element.item, document.fill.bytes), (1, vec![7]));
        let names: Vec<&str> = document.codecs.iter().map(MetadataV3::name).collect();
        assert_eq!(names, ["bytes"]);
    }

    /// Catches a document of another kind that is read as an array, and an error that does not name
    /// the member.
    #[test]
    fn an_error_names_the_member_that_is_wrong() {
        for (name, value, supported) in [
            ("zarr_format", json!(2), false),
            ("zarr_format", json!(4), true),
            ("zarr_format", json!("3"), true),
            ("node_type", json!("group"), true),
            ("dimension_names", json!(["x"]), true),
            ("novelty", json!({"must_understand": true}), false),
            ("novelty", Value::Null, false),
        ] {
            match (scalar(name, value.clone()), supported) {
                (Err(Error::Metadata(text)), true) | (Err(Error::Unsupported(text)), false) => {
                    assert!(text.contains(name), "{text}");
                }
                (other, _) => unreachable!("{name} {value}: {:?}", other.map(drop)),
            }
        }
        assert!(scalar("novelty", json!({"must_understand": false})).is_ok());
        for text in ["", "[]", "3", "{", "{}"] {
            assert!(matches!(Document::parse(text), Err(Error::Metadata(_))), "{text}");
        }
    }
}
