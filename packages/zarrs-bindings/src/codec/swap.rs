//! Byte order.

/// Reverses the bytes of every `width`-byte word.
pub(crate) fn swap(data: &mut [u8], width: usize) {
    match width {
        2 => words::<2>(data),
        4 => words::<4>(data),
        8 => words::<8>(data),
        _ => data.chunks_exact_mut(width.max(1)).for_each(<[u8]>::reverse),
    }
}

fn words<const N: usize>(data: &mut [u8]) {
    let (words, _) = data.as_chunks_mut::<N>();
    for word in words {
        word.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::swap;

    /// Catches swapping whole items instead of their components.
    #[test]
    fn a_swap_reverses_each_word() {
        let mut data = [1, 2, 3, 4, 5, 6];
        swap(&mut data, 2);
        assert_eq!(data, [2, 1, 4, 3, 6, 5]);
    }
}
