//! Builds bytes-to-bytes codecs from their metadata.

use std::ffi::CStr;

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::codec::blosc::Blosc;
use crate::codec::bytes_to_bytes::BytesToBytes;
use crate::codec::checksum::{Algorithm, Checksum};
use crate::codec::deflate::Wrapper;
use crate::errors::{Error, Result};
use crate::metadata::config::option;

/// The bytes-to-bytes codecs that this crate decodes.
pub(crate) fn native(
    name: &str,
    metadata: &MetadataV3,
    item: usize,
) -> Result<Option<BytesToBytes>> {
    let level = |default| option(metadata, "level").and_then(Value::as_i64).unwrap_or(default);
    let small = |level: i64| u32::try_from(level).unwrap_or(0);
    Ok(Some(match name {
        "zstd" => BytesToBytes::Zstd {
            level: i32::try_from(level(0)).map_err(|_| too_large("zstd", "level"))?,
            checksum: option(metadata, "checksum") == Some(&Value::Bool(true)),
        },
        "gzip" => BytesToBytes::Deflate { wrapper: Wrapper::Gzip, level: small(level(5)) },
        "zlib" | "numcodecs.zlib" => {
            BytesToBytes::Deflate { wrapper: Wrapper::Zlib, level: small(level(1)) }
        }
        "bz2" | "numcodecs.bz2" => BytesToBytes::Bz2 { level: small(level(1)).clamp(1, 9) },
        "crc32c" => BytesToBytes::Checksum(Checksum::CRC32C),
        "blosc" => BytesToBytes::Blosc(blosc(metadata, item)?),
        _ => return Ok(None),
    }))
}

/// Codecs of numcodecs that `zarrs` lacks.
pub(crate) fn numcodecs(metadata: &MetadataV3) -> Result<Option<BytesToBytes>> {
    let algorithm = match metadata.name() {
        "numcodecs.lz4" => {
            let given = option(metadata, "acceleration").and_then(Value::as_i64).unwrap_or(1);
            let acceleration =
                i32::try_from(given).map_err(|_| too_large("lz4", "acceleration"))?;
            return Ok(Some(BytesToBytes::Lz4 { acceleration }));
        }
        "numcodecs.crc32" => Algorithm::Crc32,
        "numcodecs.crc32c" => Algorithm::Crc32c,
        "numcodecs.adler32" => Algorithm::Adler32,
        "numcodecs.fletcher32" => Algorithm::Fletcher32,
        _ => return Ok(None),
    };
    let first = match option(metadata, "location").map(Value::as_str) {
        Some(Some("end")) => false,
        Some(Some("start")) => true,
        None => matches!(algorithm, Algorithm::Crc32 | Algorithm::Adler32),
        Some(_) => {
            let name = metadata.name();
            return Err(Error::Metadata(format!(
                "location of codec `{name}` is neither \"start\" nor \"end\""
            )));
        }
    };
    Ok(Some(BytesToBytes::Checksum(Checksum { algorithm, first })))
}

fn too_large(codec: &str, name: &str) -> Error {
    Error::Metadata(format!("{name} of codec `{codec}` is beyond 32 bits"))
}

fn blosc(metadata: &MetadataV3, item: usize) -> Result<Blosc> {
    let wrong = |what: &str| Error::Metadata(format!("{what} of codec `blosc` is wrong"));
    let text = |name: &str| option(metadata, name).and_then(Value::as_str);
    let number = |name: &str, default: u64| {
        option(metadata, name).and_then(Value::as_u64).unwrap_or(default)
    };
    let name: &CStr = match text("cname") {
        Some("lz4") => c"lz4",
        Some("lz4hc") => c"lz4hc",
        Some("blosclz") => c"blosclz",
        Some("zstd") => c"zstd",
        Some("snappy") => c"snappy",
        Some("zlib") => c"zlib",
        _ => return Err(wrong("cname")),
    };
    let shuffle = match text("shuffle") {
        None | Some("noshuffle") => 0,
        Some("shuffle") => 1,
        Some("bitshuffle") => 2,
        Some(_) => return Err(wrong("shuffle")),
    };
    let typesize = number("typesize", item as u64);
    Blosc::new(name, number("clevel", 5), shuffle, typesize, number("blocksize", 0))
}
