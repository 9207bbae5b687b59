//! A metadata document, checked and turned into what reading and writing need.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};
use zarrs::array::ArrayMetadataV3;
use zarrs::metadata::v3::MetadataV3;

use crate::build;
use crate::codec::Chain;
use crate::elements::fill::Fill;
use crate::elements::vlen::Arena;
use crate::errors::{Error, Result};
use crate::store::key::{KeyEncoding, KeyStyle};
use grid::Grid;

mod element;
pub(crate) mod grid;

/// Deepest rank served; `NumPy` has the same limit.
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

/// An array as its document describes it.
#[derive(Clone, Debug)]
pub(crate) struct ArrayInfo {
    pub(crate) shape: Vec<u64>,
    pub(crate) grid: Grid,
    pub(crate) keys: KeyEncoding,
    pub(crate) fill: Fill,
    /// The codecs of chunks of the largest shape.
    pub(crate) chain: Chain,
    /// Where elements of variable length are; none of any call.
    vlen: Option<Arc<Arena>>,
}

impl ArrayInfo {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| Error::Metadata(format!("the metadata document is not JSON: {e}")))?;
        let Value::Object(members) = &value else {
            return Err(Error::Metadata("the metadata document is not a JSON object".into()));
        };
        check_members(members)?;
        let document: ArrayMetadataV3 = serde_json::from_value(value)
            .map_err(|e| Error::Metadata(format!("the metadata document is not valid: {e}")))?;
        Self::from_document(&document)
    }

    fn from_document(document: &ArrayMetadataV3) -> Result<Self> {
        let shape = document.shape.clone();
        check_shape(&shape, document)?;
        let grid = Grid::new(&document.chunk_grid, &shape)?;
        let keys = key_encoding(&document.chunk_key_encoding)?;
        let (element, fill) = element::of(document)?;
        let chain = build::chain(&document.codecs, &grid.largest, &element, &fill)?;
        // Subchunks that divide these divide the chunks of every shape.
        chain.reshaped(&grid.divisors)?;
        Ok(Self { shape, grid, keys, fill, chain, vlen: element.vlen })
    }

    /// The array for one call, and the elements of that call, if they are of variable length.
    pub(crate) fn for_call(&self) -> Option<(Self, Arc<Arena>)> {
        let arena = self.vlen.as_ref()?.for_call();
        let (fill, chain) = (self.fill.for_call(&arena), self.chain.for_call(&arena));
        Some((Self { fill, chain, ..self.clone() }, arena))
    }

    /// The codecs of a chunk.
    pub(crate) fn chain(&self, cell: impl Iterator<Item = u64>) -> Result<Cow<'_, Chain>> {
        if self.grid.is_even {
            return Ok(Cow::Borrowed(&self.chain));
        }
        let shape = self.grid.chunk_shape(cell);
        if *shape == *self.chain.shape {
            return Ok(Cow::Borrowed(&self.chain));
        }
        self.chain.reshaped(&shape).map(Cow::Owned)
    }

    pub(crate) fn item(&self) -> usize {
        self.chain.item
    }
}

/// Format, node type, and members that nobody here understands.
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
mod tests;
