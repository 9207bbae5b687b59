//! Array codecs of `zarrs` that have no faster path here.

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::num::NonZeroU64;
use std::sync::Arc;

use pco::data_types::NumberType;
use zarrs::array::{
    ArrayBytes, ArrayToBytesCodecTraits, CodecChain, CodecOptions, DataType, FillValue,
};

use super::bytes_to_bytes::{copy_exact, guarded};
use super::pcodec;
use crate::errors::{Error, Result};

/// The array-to-array codecs and the array-to-bytes codec of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Foreign {
    pub(crate) chain: Arc<CodecChain>,
    pub(crate) shape: Vec<NonZeroU64>,
    pub(crate) data_type: DataType,
    pub(crate) fill_value: FillValue,
    /// The type of the elements, if the chain is pcodec alone.
    pub(crate) pcodec: Option<NumberType>,
}

impl Foreign {
    pub(super) fn decode(
        &self,
        data: &[u8],
        into: &mut [MaybeUninit<u8>],
        options: &CodecOptions,
    ) -> Result<()> {
        if let Some(kind) = self.pcodec {
            return pcodec::decode(kind, data, into);
        }
        let decoded = guarded(|| {
            let (shape, fill) = (&self.shape, &self.fill_value);
            self.chain
                .decode(Cow::Borrowed(data), shape, &self.data_type, fill, options)
                .map_err(|error| error.to_string())?
                .into_fixed()
                .map_err(|error| error.to_string())
        })?;
        copy_exact(&decoded, into)
    }

    pub(super) fn encode(&self, data: &[u8], options: &CodecOptions) -> Result<Vec<u8>> {
        let bytes = ArrayBytes::new_flen(Cow::Borrowed(data));
        self.chain
            .encode(bytes, &self.shape, &self.data_type, &self.fill_value, options)
            .map(Cow::into_owned)
            .map_err(|error| Error::Unsupported(format!("a chunk cannot be encoded: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Foreign;
    use crate::codec::ArrayToBytes;
    use crate::codec::options::codec_options;
    use crate::codec::tests::{array, filled};
    use crate::errors::Error;
    use crate::options::Opts;

    /// For elements of 32 bits, in chunks of 21 x 15.
    fn packbits() -> Foreign {
        match array(&[r#"{"name":"packbits"}"#]).chain.array_to_bytes {
            ArrayToBytes::Foreign(foreign) => foreign,
            other => unreachable!("{other:?}"),
        }
    }

    /// Catches a chunk that is passed to `zarrs` with a wrong shape or type. Packing all the bits
    /// of 32-bit integers changes nothing.
    #[test]
    fn elements_pass_through_the_codecs_of_zarrs() {
        let (foreign, options) = (packbits(), codec_options(&Opts::DEFAULT));
        let numbers = || (0..21 * 15_u32).map(|i| i * i);
        let data: Vec<u8> = numbers().flat_map(u32::to_ne_bytes).collect();
        let stored: Vec<u8> = numbers().flat_map(u32::to_le_bytes).collect();
        assert!(foreign.encode(&data, &options).is_ok_and(|found| found == stored));
        let back = filled(data.len(), |into| foreign.decode(&stored, into, &options));
        assert!(back.is_ok_and(|back| back == data));
    }

    /// Catches a failure of `zarrs` that becomes the wrong kind of error, and a decoded chunk of
    /// another size.
    #[test]
    fn what_zarrs_refuses_is_damage_or_not_supported() {
        let (foreign, options) = (packbits(), codec_options(&Opts::DEFAULT));
        let size = 21 * 15 * 4;
        for (stored, room) in [(0, size), (size - 1, size), (size, size - 4), (size, size + 4)] {
            let got = filled(room, |into| foreign.decode(&vec![0; stored], into, &options));
            assert!(matches!(got, Err(Error::DecodeFailed { .. })), "{stored} {room}");
        }
        let got = foreign.encode(&vec![0; size - 4], &options);
        assert!(matches!(got, Err(Error::Unsupported(_))));
    }
}
