//! Configuration members that several parts of a document use.

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::errors::{Error, Result};

/// A member of a configuration.
pub(crate) fn option<'a>(metadata: &'a MetadataV3, name: &str) -> Option<&'a Value> {
    metadata.configuration().and_then(|c| c.get(name))
}

/// Width of the words to swap when decoding; 0 for none.
pub(crate) fn endian(metadata: &MetadataV3, width: usize) -> Result<usize> {
    let native = if cfg!(target_endian = "big") { "big" } else { "little" };
    match option(metadata, "endian").and_then(Value::as_str) {
        _ if width == 1 => Ok(0),
        Some(order) if order == native => Ok(0),
        Some(_) => Ok(width),
        None => Err(Error::Metadata(
            "codec `bytes` needs `endian` for a data type of several bytes".into(),
        )),
    }
}

/// The member `chunk_shape` of a configuration.
pub(crate) fn extents(of: &MetadataV3, place: &str, rank: usize) -> Result<Vec<u64>> {
    let bad = |what: &str| Error::Metadata(format!("chunk_shape of {place} {what}"));
    let list = of.configuration().and_then(|c| c.get("chunk_shape")).and_then(Value::as_array);
    let extents = list
        .and_then(|list| list.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>())
        .ok_or_else(|| bad("is not a list of positive integers"))?;
    if extents.len() != rank {
        return Err(bad(&format!("has {} extents for {rank} dimensions", extents.len())));
    }
    if extents.iter().any(|n| *n == 0 || i64::try_from(*n).is_err()) {
        return Err(bad("has an extent that is 0 or beyond 2^63 - 1"));
    }
    Ok(extents)
}
