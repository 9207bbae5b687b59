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
    if buffer.capacity() < bytes {
        // The old memory goes first: nobody needs what it holds.
        *buffer = Vec::new();
    }
    buffer.try_reserve_exact(bytes).map_err(|_| Error::too_large(what, bytes as u64, u64::MAX))?;
    Ok(&mut buffer.spare_capacity_mut()[..bytes])
}

#[cfg(test)]
mod tests {
    use super::{reserve, room};
    use crate::errors::Error;

    /// Catches a reused buffer that keeps old bytes, or whose capacity is counted from their end.
    #[test]
    fn a_reused_buffer_is_emptied_and_has_exactly_the_room() {
        let mut buffer = vec![7; 5];
        for bytes in [9, 3, 0] {
            assert!(reserve(&mut buffer, bytes, "a chunk").is_ok_and(|slot| slot.len() == bytes));
            assert!(buffer.is_empty() && buffer.capacity() >= 9, "{bytes}");
        }
        assert!(room::<u64>(3, "a list").is_ok_and(|list| list.is_empty() && list.capacity() >= 3));
    }

    /// Catches an allocation that ends the process, and an error that counts items instead of
    /// bytes.
    #[test]
    fn what_the_system_refuses_is_an_error_that_tells_the_bytes() {
        let refused = [
            room::<u64>(1 << 59, "a list").map(drop),
            reserve(&mut Vec::new(), 1 << 62, "a list").map(drop),
            room::<u64>(usize::MAX, "a list").map(drop),
        ];
        for (got, bytes) in refused.into_iter().zip([1_u64 << 62, 1 << 62, u64::MAX]) {
            let told = format!("a list needs {bytes} bytes");
            assert!(matches!(got, Err(Error::Budget(text)) if text.starts_with(&told)), "{told}");
        }
    }
}
