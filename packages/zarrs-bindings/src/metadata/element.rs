//! The data type of an array and its fill value.

use std::sync::Arc;

use serde_json::Value;
use zarrs::array::{ArrayMetadataV3, DataType, FillValue, FillValueMetadata};
use zarrs::metadata::v3::MetadataV3;

use crate::elements::fill::Fill;
use crate::elements::vlen::{self, Arena};
use crate::errors::{Error, Result};
use crate::metadata::config::option;

/// The data type of an array, as far as codecs need it.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) item: usize,
    pub(crate) data_type: DataType,
    pub(crate) fill_value: FillValue,
    /// Holds the variable-length elements.
    pub(crate) vlen: Option<Arc<Arena>>,
}

/// Elements treated as plain bytes here, whatever they mean elsewhere. Not in stored documents.
const OPAQUE: &str = "opaque";

/// The data type, and the fill value.
pub(super) fn of(document: &ArrayMetadataV3) -> Result<(Element, Fill)> {
    let name = document.data_type.name().to_owned();
    if name == OPAQUE {
        return opaque(document);
    }
    if name == vlen::NAME {
        return variable(document);
    }
    let refused = || Error::Unsupported(format!("data type `{name}` is not supported"));
    let data_type = DataType::from_metadata(&document.data_type).map_err(|_| refused())?;
    let item = match data_type.fixed_size() {
        Some(item) if item > 0 && !data_type.is_optional() => item,
        _ => return Err(refused()),
    };
    let fill_value = match exact(&document.fill_value) {
        Some(bytes) => FillValue::new(bytes),
        None => data_type.fill_value_v3(&document.fill_value).map_err(|_| {
            Error::Metadata(format!(
                "fill_value {} is not a value of data type `{name}`",
                document.fill_value
            ))
        })?,
    };
    let bytes = fill_value.as_ne_bytes().to_vec();
    if bytes.len() != item {
        return Err(Error::Metadata(format!(
            "fill_value has {} bytes where data type `{name}` has {item}",
            bytes.len()
        )));
    }
    let fill = Fill::new(bytes);
    Ok((Element { name, item, data_type, fill_value, vlen: None }, fill))
}

/// The bytes of a fill value, in native byte order. Stored documents do not use this form.
fn exact(fill_value: &FillValueMetadata) -> Option<Vec<u8>> {
    let value = serde_json::to_value(fill_value).ok()?;
    serde_json::from_value(value.get("bytes")?.clone()).ok()
}

/// Elements of `size` bytes whose fill value is a list of bytes.
fn opaque(document: &ArrayMetadataV3) -> Result<(Element, Fill)> {
    let wrong = |what: &str| Error::Metadata(format!("{what} of data type `{OPAQUE}` is wrong"));
    let size = option(&document.data_type, "size").and_then(Value::as_u64);
    let size = size.and_then(|size| u32::try_from(size).ok()).ok_or_else(|| wrong("size"))?;
    let name = format!("r{}", u64::from(size) * 8);
    if size == 0 {
        return Err(Error::Unsupported("elements of no bytes are not supported".into()));
    }
    let bytes = serde_json::to_value(&document.fill_value).unwrap_or_default();
    let bytes = serde_json::from_value::<Vec<u8>>(bytes).map_err(|_| wrong("fill_value"))?;
    if bytes.len() as u64 != u64::from(size) {
        return Err(wrong("fill_value"));
    }
    let data_type = DataType::from_metadata(&MetadataV3::new(name.clone()))
        .map_err(|error| Error::Internal(format!("data type `{name}`: {error}")))?;
    let fill_value = FillValue::new(bytes.clone());
    let fill = Fill::new(bytes);
    let item = size as usize;
    Ok((Element { name, item, data_type, fill_value, vlen: None }, fill))
}

/// Variable-length elements whose fill value is a list of bytes.
fn variable(document: &ArrayMetadataV3) -> Result<(Element, Fill)> {
    let wrong = |what: &str| Error::Metadata(format!("{what} of data type `vlen` is wrong"));
    let text = option(&document.data_type, "text").and_then(Value::as_bool);
    let text = text.ok_or_else(|| wrong("text"))?;
    let bytes = serde_json::to_value(&document.fill_value).unwrap_or_default();
    let bytes = serde_json::from_value::<Vec<u8>>(bytes).map_err(|_| wrong("fill_value"))?;
    if u32::try_from(bytes.len()).is_err() || text && std::str::from_utf8(&bytes).is_err() {
        return Err(wrong("fill_value"));
    }
    let name = format!("r{}", vlen::ITEM * 8);
    let data_type = DataType::from_metadata(&MetadataV3::new(name.clone()))
        .map_err(|error| Error::Internal(format!("data type `{name}`: {error}")))?;
    let arena = Arc::new(Arena::new(text, bytes));
    let fill = Fill::of_vlen(&arena);
    let fill_value = FillValue::new(fill.bytes.clone());
    let (name, item, vlen) = (vlen::NAME.to_owned(), vlen::ITEM, Some(arena));
    Ok((Element { name, item, data_type, fill_value, vlen }, fill))
}
