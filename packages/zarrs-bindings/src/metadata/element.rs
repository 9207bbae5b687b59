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

/// The data type, and the fill value. Messages show it as `written`.
pub(super) fn of(document: &ArrayMetadataV3, written: &Value) -> Result<(Element, Fill)> {
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
            Error::Metadata(format!("fill_value {written} is not a value of data type `{name}`"))
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

#[cfg(test)]
mod tests {
    use super::{Element, Fill, of};
    use crate::errors::{Error, Result};
    use serde_json::{Value, json};

    fn element(data_type: &Value, fill_value: &Value) -> Result<(Element, Fill)> {
        let document = json!({
            "zarr_format": 3, "node_type": "array", "shape": [], "codecs": [{"name": "bytes"}],
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": []}},
            "chunk_key_encoding": {"name": "default"},
            "data_type": data_type, "fill_value": fill_value,
        });
        let document = serde_json::from_value(document);
        let document = document.unwrap_or_else(|error| unreachable!("{error}"));
        of(&document, fill_value)
    }

    fn bytes_of(data_type: &Value, fill_value: &Value) -> Option<Vec<u8>> {
        let (element, fill) = element(data_type, fill_value).ok()?;
        assert_eq!(element.fill_value.as_ne_bytes(), fill.bytes);
        assert_eq!(element.item, fill.bytes.len());
        Some(fill.bytes)
    }

    /// Catches a fill value in another byte order or precision, or of the wrong size.
    #[test]
    fn a_fill_value_has_the_bytes_of_its_data_type() {
        let nan = 0x7ff8_0000_0000_0001_u64;
        for (data_type, fill_value, bytes) in [
            (json!("bool"), json!(true), vec![1]),
            (json!("uint16"), json!(258), 258_u16.to_ne_bytes().to_vec()),
            (json!("int64"), json!(i64::MIN), i64::MIN.to_ne_bytes().to_vec()),
            (json!("float64"), json!("-Infinity"), f64::NEG_INFINITY.to_ne_bytes().to_vec()),
            (json!("float64"), json!(-0.0), (-0.0_f64).to_ne_bytes().to_vec()),
            (json!("float64"), json!("0x7ff8000000000001"), nan.to_ne_bytes().to_vec()),
            (json!("float32"), json!({"bytes": [1, 2, 3, 4]}), vec![1, 2, 3, 4]),
            (
                json!({"name": "opaque", "configuration": {"size": 3}}),
                json!([1, 2, 3]),
                vec![1, 2, 3],
            ),
        ] {
            assert_eq!(bytes_of(&data_type, &fill_value), Some(bytes), "{data_type} {fill_value}");
        }
    }

    /// Catches elements of variable length that are handled as the bytes of their tokens.
    #[test]
    fn elements_of_variable_length_have_their_fill_value_in_an_arena() {
        let text = json!({"name": "vlen", "configuration": {"text": true}});
        for fill_value in [json!([]), json!("\u{65e5}".as_bytes())] {
            let made = element(&text, &fill_value);
            let arena = made.ok().and_then(|(element, fill)| {
                assert!(fill.is_all_of(&fill.bytes));
                element.vlen.filter(|arena| arena.text && arena.fill().as_slice() == fill.bytes)
            });
            assert!(arena.is_some(), "{fill_value}");
        }
    }

    /// Catches a wrong size, or a fill value that is read beyond its end.
    #[test]
    fn a_fill_value_of_another_type_or_size_is_refused() {
        let opaque = |size: u64| json!({"name": "opaque", "configuration": {"size": size}});
        let vlen = |text: Value| json!({"name": "vlen", "configuration": {"text": text}});
        for (data_type, fill_value) in [
            (json!("uint8"), json!(256)),
            (json!("uint8"), json!("red")),
            (json!("float32"), json!({"bytes": [1, 2, 3]})),
            (opaque(3), json!([1, 2])),
            (opaque(3), json!([1, 2, 256])),
            (opaque(1 << 32), json!([1])),
            (vlen(json!(true)), json!([0xe9])),
            (vlen(json!(1)), json!([])),
        ] {
            let got = element(&data_type, &fill_value).map(drop);
            assert!(matches!(got, Err(Error::Metadata(_))), "{data_type} {fill_value}: {got:?}");
        }
        for (data_type, fill_value) in [(json!("string"), json!("")), (opaque(0), json!([]))] {
            let got = element(&data_type, &fill_value).map(drop);
            assert!(matches!(got, Err(Error::Unsupported(_))), "{data_type}: {got:?}");
        }
    }
}
