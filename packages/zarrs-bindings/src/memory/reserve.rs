//! Allocates room in lists and buffers, or returns an error if there is none.

use std::mem::MaybeUninit;

use crate::errors::{Error, Result};

/// An empty list with room for `count` items; never aborts.
pub(crate) fn room<T>(count: usize, what: &str) -> Result<Vec<T>> {
    let mut list = Vec::new();
    let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
    list.try_reserve_exact(count).map_err(|_| Error::too_large(what, bytes, u64::MAX))?;
    Ok(list)
}

/// Makes room for `bytes` in an empty or reused buffer; never aborts.
pub(crate) fn reserve<'a>(
    buffer: &'a mut Vec<u8>,
    bytes: usize,
    what: &str,
) -> Result<&'a mut [MaybeUninit<u8>]> {
    buffer.clear();
    buffer.try_reserve_exact(bytes).map_err(|_| Error::too_large(what, bytes as u64, u64::MAX))?;
    Ok(&mut buffer.spare_capacity_mut()[..bytes])
}
