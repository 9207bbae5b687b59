//! pcodec, decoded in memory bounded by the chunk size. The library allocates as much as a stream
//! declares, and aborts the process if there is too little memory.

#![expect(unsafe_code, reason = "numbers are passed as bytes")]

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

#[cfg(test)]
mod tests {
    use super::{Number, NumberType, decode, numbers};
    use crate::codec::tests::filled;
    use pco::ChunkConfig;
    use pco::standalone::simple_compress;

    fn encode<T: Number>(numbers: &[T]) -> Vec<u8> {
        simple_compress(numbers, &ChunkConfig::default()).unwrap_or_default()
    }

    /// Catches trust in a stream's declared count or type of numbers.
    #[test]
    fn numbers_are_decoded_as_many_as_a_chunk_has() {
        let numbers: Vec<u32> = (0..3000).map(|i| i / 3 % 50).collect();
        let stored = encode(&numbers);
        let read = |kind, stored: &[u8], count: usize| {
            filled(4 * count, |into| decode(kind, stored, into))
        };
        let (kind, count) = (NumberType::U32, numbers.len());
        assert!(read(kind, &stored, count).is_ok());
        assert!(read(NumberType::F32, &stored, count).is_err());
        assert!(read(kind, &stored[..stored.len() - 1], count).is_err());
        assert!(read(kind, &stored, count - 1).is_err());
        assert!(read(kind, &stored, count + 1).is_err());
        // The number of elements that a file declares is only a hint.
        let version = stored.windows(2).position(|two| two == [4, 1]).unwrap_or(0);
        let hint = (0x27_u64 | 1 << 45).to_le_bytes();
        let told = [&stored[..6], &hint[..6], &stored[version..]].concat();
        assert!(read(kind, &told, count).is_ok());
        assert!(read(kind, &encode(&vec![0_u32; 1 << 22]), count).is_err());
    }

    /// Catches a data type that is decoded as numbers of another type or size.
    #[test]
    fn each_data_type_has_its_numbers() {
        fn check<T: Number>(name: &str, values: [T; 3]) {
            let back = numbers(name).map(|kind| {
                filled(size_of_val(&values), |into| decode(kind, &encode(&values), into))
            });
            // The library's own decoder returns the same numbers.
            let own = pco::standalone::simple_decompress::<T>(&encode(&values));
            assert!(own.is_ok_and(|own| own == values), "{name}");
            // SAFETY: numbers are bytes without padding.
            let bytes = unsafe {
                std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(&values))
            };
            assert!(back.is_some_and(|back| back.is_ok_and(|back| back == bytes)), "{name}");
        }
        check("uint16", [1_u16, 2, u16::MAX]);
        check("uint32", [1_u32, 2, u32::MAX]);
        check("uint64", [1_u64, 2, u64::MAX]);
        check("int16", [1_i16, -2, i16::MIN]);
        check("int32", [1_i32, -2, i32::MIN]);
        check("int64", [1_i64, -2, i64::MIN]);
        check("float16", [1.5, -2.0, 60000.0].map(half::f16::from_f32));
        check("float32", [1.5_f32, -2.0, 1e30]);
        check("float64", [1.5_f64, -2.0, 1e300]);
        assert!(["uint8", "bool", "complex64"].into_iter().all(|name| numbers(name).is_none()));
    }
}
