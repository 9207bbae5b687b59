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
