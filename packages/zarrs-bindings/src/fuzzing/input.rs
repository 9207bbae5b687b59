//! The bytes of an input, taken one after the other.

/// The rest of an input.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl Input<'_> {
    /// The next byte; 0 after the end.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        u64::from(self.byte()) % end
    }
}

#[cfg(test)]
mod tests {
    use super::Input;

    /// Catches a number outside its range, and an input that causes a panic.
    #[test]
    fn an_input_gives_numbers_even_after_its_end() {
        let mut input = Input(&[7, 3]);
        assert_eq!([input.below(5), input.below(2), input.below(9)], [2, 1, 0]);
        assert!(!input.flag() && input.0.is_empty());
    }
}
