//! What is known about the values of a Python store: whether two responses can differ.

/// What shows that several responses hold parts of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Nothing: a value can be replaced between two requests.
    Changing,
    /// A tag in each response, such as an `ETag`; another value has another tag.
    Tagged,
    /// The store: its values are never replaced.
    Immutable,
}

impl Values {
    /// What a call may assume: its option has precedence over what is known of the store.
    pub(crate) fn given(self, immutable: Option<bool>) -> Self {
        match (immutable, self) {
            (Some(true), _) => Self::Immutable,
            (Some(false), Self::Immutable) => Self::Changing,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Values::{Changing, Immutable, Tagged};

    /// Catches an option that is ignored, and tags that are ignored because of one.
    #[test]
    fn the_option_of_a_call_has_precedence() {
        for (store, given, expected) in [
            (Changing, None, Changing),
            (Tagged, None, Tagged),
            (Immutable, None, Immutable),
            (Changing, Some(true), Immutable),
            (Tagged, Some(true), Immutable),
            (Changing, Some(false), Changing),
            (Tagged, Some(false), Tagged),
            (Immutable, Some(false), Changing),
        ] {
            assert_eq!(store.given(given), expected, "{store:?} {given:?}");
        }
    }
}
