//! pcodec, decoded in memory bounded by the chunk size. The library allocates as much as a stream
//! declares, and aborts the process if there is too little memory.

#![expect(unsafe_code, reason = "numbers are given out as bytes")]

use std::mem::{self, MaybeUninit};
use std::slice;

use half::f16;
use pco::data_types::{Number, NumberType};
use pco::metadata::DeltaEncoding;
use pco::{standalone, wrapped};

use super::bytes_to_bytes::{copy_exact, guarded};
use crate::errors::{Error, Result};

/// Names of the codec in documents.
pub(crate) const NAMES: [&str; 2] = ["numcodecs.pcodec", "pcodec"];

/// Marks the end of a stream, where a chunk would have its type.
const END: u8 = 0;

/// Logarithm of the widest lookback window that an encoder uses, for any length.
const WINDOW: u32 = 15;

/// The codec's number type for a data type.
pub(crate) fn numbers(data_type: &str) -> Option<NumberType> {
    match data_type {
        "uint16" => Some(NumberType::U16),
        "uint32" => Some(NumberType::U32),
        "uint64" => Some(NumberType::U64),
        "int16" => Some(NumberType::I16),
        "int32" => Some(NumberType::I32),
        "int64" => Some(NumberType::I64),
        "float16" => Some(NumberType::F16),
        "float32" => Some(NumberType::F32),
        "float64" => Some(NumberType::F64),
        _ => None,
    }
}

pub(super) fn decode(kind: NumberType, data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    match kind {
        NumberType::U16 => decode_as::<u16>(kind, data, into),
        NumberType::U32 => decode_as::<u32>(kind, data, into),
        NumberType::U64 => decode_as::<u64>(kind, data, into),
        NumberType::I16 => decode_as::<i16>(kind, data, into),
        NumberType::I32 => decode_as::<i32>(kind, data, into),
        NumberType::I64 => decode_as::<i64>(kind, data, into),
        NumberType::F16 => decode_as::<f16>(kind, data, into),
        NumberType::F32 => decode_as::<f32>(kind, data, into),
        NumberType::F64 => decode_as::<f64>(kind, data, into),
        other => Err(Error::Internal(format!("pcodec: elements cannot be {other:?}"))),
    }
}

fn decode_as<T: Number>(kind: NumberType, data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    // The chunk may start at any address, but numbers must be aligned.
    let mut out: Vec<T> = Vec::new();
    let count = into.len() / size_of::<T>();
    out.try_reserve_exact(count)
        .map_err(|_| Error::too_large("a chunk", into.len() as u64, u64::MAX))?;
    out.resize(count, T::default());
    guarded(|| fill(kind, data, &mut out).map_err(|reason| format!("pcodec: {reason}")))?;
    // SAFETY: numbers are bytes without padding, as many as were allocated.
    let bytes = unsafe { slice::from_raw_parts(out.as_ptr().cast(), count * size_of::<T>()) };
    copy_exact(bytes, into)
}

/// Decodes all chunks of a stream, which must fill `out`.
fn fill<T: Number>(kind: NumberType, data: &[u8], mut out: &mut [T]) -> Result<(), String> {
    let (file, mut rest) = standalone::FileDecompressor::new(data).map_err(text)?;
    let file = inner(&file, &data[..data.len() - rest.len()])?;
    while let Some((head, body)) = rest.split_first_chunk::<4>().filter(|(head, _)| head[0] != END)
    {
        let [found, low, middle, high] = *head;
        if found != kind as u8 {
            return Err(format!("the numbers are of type {found}, and not {kind:?}"));
        }
        let count = u32::from_le_bytes([low, middle, high, 0]) as usize + 1;
        if count > out.len() {
            return Err("it decodes to more elements than the chunk has".into());
        }
        let (mut chunk, body) = file.chunk_decompressor::<T, _>(body).map_err(text)?;
        if let DeltaEncoding::Lookback { config, .. } = &chunk.meta().delta_encoding
            && config.window_n_log > WINDOW
        {
            return Err("it looks further back than the chunk is long".into());
        }
        let mut page = chunk.page_decompressor(body, count).map_err(text)?;
        let (part, left) = mem::take(&mut out).split_at_mut(count);
        if !page.read(part).map_err(text)?.finished {
            return Err("it ends within a page".into());
        }
        (rest, out) = (page.into_src(), left);
    }
    match rest.first() {
        Some(&END) if out.is_empty() => Ok(()),
        Some(&END) => Err(format!("it lacks {} of the elements of the chunk", out.len())),
        _ => Err("it has no end".into()),
    }
}

/// Creates the decoder of a file's chunks from its headers; the last header is its own.
fn inner(
    file: &standalone::FileDecompressor,
    headers: &[u8],
) -> Result<wrapped::FileDecompressor, String> {
    (1..=headers.len().min(2))
        .filter_map(|length| {
            wrapped::FileDecompressor::new(&headers[headers.len() - length..]).ok()
        })
        .find(|(made, rest)| rest.is_empty() && made.format_version() == file.format_version())
        .map(|(made, _)| made)
        .ok_or_else(|| "the header is damaged".into())
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn text(error: pco::errors::PcoError) -> String {
    error.to_string()
}
