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

#[cfg(test)]
mod tests {
    use super::{endian, extents};
    use crate::errors::Error;
    use serde_json::{Value, json};
    use zarrs::metadata::v3::MetadataV3;

    fn metadata(name: &str, value: &Value) -> MetadataV3 {
        let document = json!({"name": "any", "configuration": {name: value}});
        serde_json::from_value(document).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// Catches words that are swapped although their order is native, or not swapped although it is
    /// not, and a byte order that is required for single bytes.
    #[test]
    fn words_are_swapped_if_their_order_is_not_native() {
        let native = if cfg!(target_endian = "big") { "big" } else { "little" };
        for order in ["big", "little"] {
            let codec = metadata("endian", &json!(order));
            for width in [1, 2, 8] {
                let swap = if order == native || width == 1 { 0 } else { width };
                assert!(endian(&codec, width).is_ok_and(|found| found == swap), "{order} {width}");
            }
        }
        let missing = metadata("other", &json!(1));
        assert!(endian(&missing, 1).is_ok_and(|found| found == 0));
        assert!(matches!(endian(&missing, 4), Err(Error::Metadata(_))));
    }

    /// Catches an extent that is not positive, and a list for another number of axes.
    #[test]
    fn extents_are_positive_and_one_for_each_axis() {
        let of = |value: Value| extents(&metadata("chunk_shape", &value), "any", 2);
        let most = i64::MAX.cast_unsigned();
        assert!(of(json!([3, most])).is_ok_and(|found| found == [3, most]));
        assert!(extents(&metadata("chunk_shape", &json!([])), "any", 0).is_ok());
        for wrong in [
            json!([3]),
            json!([3, 0]),
            json!([3, -1]),
            json!([3, most + 1]),
            json!([3, 2.5]),
            json!(3),
        ] {
            assert!(matches!(of(wrong.clone()), Err(Error::Metadata(_))), "{wrong}");
        }
    }
}
