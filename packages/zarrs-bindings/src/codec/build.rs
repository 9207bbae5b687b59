//! Builds codec chains from their metadata.

use std::num::NonZeroU64;
use std::slice;
use std::sync::Arc;

use serde_json::Value;
use zarrs::array::{ArrayToBytesCodecTraits, Codec, CodecChain};
use zarrs::metadata::v3::MetadataV3;
use zarrs::plugin::{ExtensionName, PluginCreateError};

use crate::codec::bytes_to_bytes::BytesToBytes;
use crate::codec::callback::{self, Callback};
use crate::codec::foreign::Foreign;
use crate::codec::shard::Shard;
use crate::codec::{ArrayToBytes, Chain, build_bytes_to_bytes, pcodec};
use crate::elements::fill::Fill;
use crate::elements::vlen;
use crate::errors::{Error, Result};
use crate::metadata::config::{endian, extents, option};
use crate::metadata::element::Element;

/// Maximum nesting depth of shards in shards.
const MAX_NESTING: usize = 4;

/// Builds the chain for chunks of `shape`.
pub(crate) fn chain(
    metadata: &[MetadataV3],
    shape: &[u64],
    element: &Element,
    fill: &Fill,
) -> Result<Chain> {
    nested(metadata, shape, element, fill, 0)
}

fn nested(
    metadata: &[MetadataV3],
    shape: &[u64],
    element: &Element,
    fill: &Fill,
    depth: usize,
) -> Result<Chain> {
    let Sorted { mut arrays, order, plain, array_to_bytes, bytes_to_bytes } =
        sort(metadata, shape.len(), element)?;
    let Some(array_to_bytes) = array_to_bytes else {
        return Err(Error::Metadata("codecs has no codec from array to bytes".into()));
    };
    let stored: Vec<u64> = order.iter().map(|axis| shape[*axis]).collect();
    let found = if plain { own(array_to_bytes, &stored, element, fill, depth)? } else { None };
    // Foreign codecs decode to the array's own axis order.
    let (array_to_bytes, order) = match found {
        Some(found) => (found, order),
        None if array_to_bytes.name() == "sharding_indexed" => {
            return Err(Error::Unsupported(
                "codec `sharding_indexed` after an array codec other than `transpose` \
                 is not supported"
                    .into(),
            ));
        }
        None if element.vlen.is_some() || array_to_bytes.name() == vlen::NAME => {
            return Err(Error::Unsupported(format!(
                "codec `{}` does not suit the data type, or follows a codec that does not",
                array_to_bytes.name()
            )));
        }
        None if pcodec::NAMES.contains(&array_to_bytes.name()) => {
            if !plain {
                return Err(Error::Unsupported(format!(
                    "codec `{}` after an array codec other than `transpose` is not supported",
                    array_to_bytes.name()
                )));
            }
            let mut made = foreign(slice::from_ref(array_to_bytes), &stored, element)?;
            made.pcodec = Some(pcodec::numbers(&element.name).ok_or_else(|| {
                let (codec, name) = (array_to_bytes.name(), &element.name);
                Error::Unsupported(format!("codec `{codec}` for data type `{name}`"))
            })?);
            (ArrayToBytes::Foreign(made), order)
        }
        None => {
            arrays.push(array_to_bytes.clone());
            (ArrayToBytes::Foreign(foreign(&arrays, shape, element)?), (0..shape.len()).collect())
        }
    };
    Ok(Chain::new(shape, order, element.item, array_to_bytes, bytes_to_bytes))
}

/// The codecs of a chain, by kind.
struct Sorted<'a> {
    arrays: Vec<MetadataV3>,
    /// The array's axes in stored order, after the leading transpositions.
    order: Vec<usize>,
    /// Whether there are no other array codecs.
    plain: bool,
    array_to_bytes: Option<&'a MetadataV3>,
    bytes_to_bytes: Vec<BytesToBytes>,
}

fn sort<'a>(metadata: &'a [MetadataV3], rank: usize, element: &Element) -> Result<Sorted<'a>> {
    let order = (0..rank).collect();
    let (arrays, bytes_to_bytes) = (Vec::new(), Vec::new());
    let mut sorted = Sorted { arrays, order, plain: true, array_to_bytes: None, bytes_to_bytes };
    for one in metadata {
        if one.name() == "transpose" && sorted.plain && sorted.array_to_bytes.is_none() {
            sorted.order = permutation(one, &sorted.order)?;
            sorted.arrays.push(one.clone());
            continue;
        }
        if matches!(one.name(), "sharding_indexed" | callback::NAME | vlen::NAME)
            && sorted.array_to_bytes.is_none()
        {
            sorted.array_to_bytes = Some(one);
            continue;
        }
        if let (Some(codec), Some(_)) =
            (build_bytes_to_bytes::numcodecs(one)?, sorted.array_to_bytes)
        {
            sorted.bytes_to_bytes.push(codec);
            continue;
        }
        match create(one)? {
            Codec::ArrayToArray(_) if sorted.array_to_bytes.is_none() => {
                sorted.arrays.push(one.clone());
                sorted.plain = false;
            }
            Codec::ArrayToBytes(_) if sorted.array_to_bytes.is_none() => {
                sorted.array_to_bytes = Some(one);
            }
            Codec::BytesToBytes(codec) if sorted.array_to_bytes.is_some() => {
                let name = codec.name_v3().unwrap_or_default().into_owned();
                let ours = build_bytes_to_bytes::native(&name, one, element.item)?;
                sorted.bytes_to_bytes.push(ours.unwrap_or(BytesToBytes::Foreign(codec)));
            }
            _ => return Err(misplaced(one)),
        }
    }
    Ok(sorted)
}

fn create(metadata: &MetadataV3) -> Result<Codec> {
    let name = metadata.name();
    if matches!(name, "bz2" | "numcodecs.bz2") && option(metadata, "level") == Some(&0.into()) {
        // `zarrs` panics.
        return Err(Error::Metadata(format!("level of codec `{name}` is 0; use 1 to 9")));
    }
    Codec::from_metadata(metadata).map_err(|error| match error {
        PluginCreateError::Unsupported(_) => {
            Error::Unsupported(format!("codec `{name}` is not supported"))
        }
        other => Error::Metadata(format!("the configuration of codec `{name}` is wrong: {other}")),
    })
}

fn misplaced(metadata: &MetadataV3) -> Error {
    Error::Metadata(format!("codec `{}` is out of order in codecs", metadata.name()))
}

/// Appends a transposition to `order`, which maps stored axes to array axes.
fn permutation(metadata: &MetadataV3, order: &[usize]) -> Result<Vec<usize>> {
    let bad = || Error::Metadata("the order of codec `transpose` is no permutation".into());
    let list = option(metadata, "order").and_then(Value::as_array).ok_or_else(bad)?;
    let list: Vec<usize> = list
        .iter()
        .map(|axis| axis.as_u64().and_then(|axis| usize::try_from(axis).ok()))
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    let mut sorted = list.clone();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..order.len()) {
        return Err(bad());
    }
    Ok(list.iter().map(|axis| order[*axis]).collect())
}

/// The array-to-bytes codecs that this crate decodes.
fn own(
    metadata: &MetadataV3,
    stored: &[u64],
    element: &Element,
    fill: &Fill,
    depth: usize,
) -> Result<Option<ArrayToBytes>> {
    match metadata.name() {
        vlen::NAME => Ok(element.vlen.clone().map(ArrayToBytes::Vlen)),
        callback::NAME if element.vlen.is_some() => Ok(None),
        "bytes" | "endian" => match word(element) {
            Some(width) => endian(metadata, width).map(|swap| Some(ArrayToBytes::Bytes { swap })),
            None => Ok(None),
        },
        callback::NAME => Callback::new(metadata).map(|made| Some(ArrayToBytes::Python(made))),
        "sharding_indexed" if depth == MAX_NESTING => {
            Err(Error::Unsupported("codec `sharding_indexed` is nested too deeply".into()))
        }
        "sharding_indexed" => {
            let inner = extents(metadata, "sharding_indexed", stored.len())?;
            let codecs = Shard::inner_codecs(metadata)?;
            let chunk = nested(&codecs, &inner, element, fill, depth + 1)?;
            let shard = Shard::new(metadata, stored, chunk, fill.clone())?;
            Ok(Some(ArrayToBytes::Shard(Box::new(shard))))
        }
        _ => Ok(None),
    }
}

/// Width of the words that have a byte order. 1 if there is none; `None` for types whose bytes only
/// `zarrs` knows.
fn word(element: &Element) -> Option<usize> {
    match element.name.as_str() {
        "bool" | "int8" | "uint8" => Some(1),
        "int16" | "uint16" | "float16" | "bfloat16" => Some(2),
        "int32" | "uint32" | "float32" | "complex64" | "complex_float32" | "fixed_length_utf32" => {
            Some(4)
        }
        "int64" | "uint64" | "float64" | "complex128" | "complex_float64" | "numpy.datetime64"
        | "numpy.timedelta64" => Some(8),
        name if name.starts_with('r') && name[1..].parse::<u32>().is_ok() => Some(1),
        _ => None,
    }
}

fn foreign(codecs: &[MetadataV3], shape: &[u64], element: &Element) -> Result<Foreign> {
    let wrong = |error: &dyn std::fmt::Display| Error::Unsupported(format!("codecs: {error}"));
    let chain = CodecChain::from_metadata(codecs).map_err(|e| wrong(&e))?;
    let shape: Vec<NonZeroU64> = shape.iter().filter_map(|n| NonZeroU64::new(*n)).collect();
    let (data_type, fill_value) = (element.data_type.clone(), element.fill_value.clone());
    let elements = shape.iter().try_fold(1_u64, |n, e| n.checked_mul(e.get()));
    if elements.is_none_or(|n| n > 1 << 48) {
        return Err(Error::Unsupported("codecs: a chunk has too many elements".into()));
    }
    chain.encoded_representation(&shape, &data_type, &fill_value).map_err(|e| wrong(&e))?;
    Ok(Foreign { chain: Arc::new(chain), shape, data_type, fill_value, pcodec: None })
}

#[cfg(test)]
mod tests;
