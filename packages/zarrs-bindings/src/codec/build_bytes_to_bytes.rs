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

#[cfg(test)]
mod tests {
    use super::{native, numcodecs};
    use crate::codec::bytes_to_bytes::BytesToBytes::{self, Bz2, Checksum, Deflate, Lz4, Zstd};
    use crate::codec::checksum::Algorithm;
    use crate::codec::deflate::Wrapper::{Gzip, Zlib};
    use crate::errors::{Error, Result};
    use serde_json::{Value, json};
    use zarrs::metadata::v3::MetadataV3;

    fn metadata(name: &str, configuration: Value) -> MetadataV3 {
        let mut document = json!({"name": name});
        document["configuration"] = configuration;
        serde_json::from_value(document).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn made(name: &str, configuration: Value) -> Result<Option<BytesToBytes>> {
        native(name, &metadata(name, configuration), 4)
    }

    /// Catches a level that is read from the wrong member, or replaced by the default.
    #[test]
    fn a_codec_takes_its_numbers_from_its_configuration() {
        let of = |name, configuration| made(name, configuration).ok().flatten();
        assert!(matches!(
            of("zstd", json!({"level": -7, "checksum": true})),
            Some(Zstd { level: -7, checksum: true })
        ));
        assert!(matches!(of("zstd", json!({})), Some(Zstd { level: 0, checksum: false })));
        assert!(matches!(
            of("gzip", json!({"level": 9})),
            Some(Deflate { wrapper: Gzip, level: 9 })
        ));
        let zlib = of("numcodecs.zlib", json!({}));
        assert!(matches!(zlib, Some(Deflate { wrapper: Zlib, level: 1 })));
        assert!(matches!(of("numcodecs.bz2", json!({"level": 30})), Some(Bz2 { level: 9 })));
        assert!(of("packbits", json!({})).is_none());
    }

    /// Catches a checksum that is expected at the wrong end: the defaults of numcodecs differ.
    #[test]
    fn a_checksum_is_on_the_side_that_numcodecs_puts_it() {
        for (name, algorithm, by_default) in [
            ("numcodecs.crc32", Algorithm::Crc32, true),
            ("numcodecs.crc32c", Algorithm::Crc32c, false),
            ("numcodecs.adler32", Algorithm::Adler32, true),
            ("numcodecs.fletcher32", Algorithm::Fletcher32, false),
        ] {
            let sides = [json!({}), json!({"location": "start"}), json!({"location": "end"})];
            for (configuration, first) in sides.into_iter().zip([by_default, true, false]) {
                match numcodecs(&metadata(name, configuration)) {
                    Ok(Some(Checksum(sum))) => {
                        assert_eq!((sum.algorithm, sum.first), (algorithm, first), "{name}");
                    }
                    other => unreachable!("{name}: {other:?}"),
                }
            }
            for location in [json!("middle"), json!(1)] {
                let got = numcodecs(&metadata(name, json!({"location": location})));
                assert!(matches!(got, Err(Error::Metadata(_))), "{name}: {got:?}");
            }
        }
        let lz4 = numcodecs(&metadata("numcodecs.lz4", json!({"acceleration": 3})));
        assert!(matches!(lz4, Ok(Some(Lz4 { acceleration: 3 }))));
    }

    /// Catches a wrong configuration that is replaced by the default, or truncated to 32 bits.
    #[test]
    fn a_configuration_that_is_wrong_is_refused() {
        let blosc = |name: &str, value: Value| {
            let mut all = json!({"cname": "lz4", "clevel": 5, "shuffle": "shuffle"});
            all[name] = value;
            made("blosc", all)
        };
        assert!(blosc("clevel", json!(1)).is_ok());
        let lz4 = json!({"acceleration": 1_u64 << 40});
        for got in [
            blosc("cname", json!("brotli")),
            blosc("cname", Value::Null),
            blosc("shuffle", json!("riffle")),
            made("zstd", json!({"level": 1_u64 << 32})),
            numcodecs(&metadata("numcodecs.lz4", lz4)),
        ] {
            assert!(matches!(got, Err(Error::Metadata(_))), "{got:?}");
        }
    }
}
