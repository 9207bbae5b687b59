//! Which chunk an entry is, and of which version of its source.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::SystemTime;

use crate::store::local::Stamp;

/// Where values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Home {
    /// Files of this machine, whatever store they belong to.
    Files,
    /// The number of a store over the network. Stores share one only if all settings are equal.
    Remote(u64),
    /// The number of a store in Python.
    Python(u64),
}

/// All that the decoded bytes of a stored chunk depend on, besides the stored bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoding {
    hash: u64,
    /// Data type, fill value and codecs.
    text: Arc<str>,
    /// Shape of the chunk or shard.
    shape: Vec<u64>,
}

impl Decoding {
    pub(crate) fn new(text: Arc<str>, shape: &[u64]) -> Arc<Self> {
        let mut hasher = DefaultHasher::new();
        (&text, shape).hash(&mut hasher);
        Arc::new(Self { hash: hasher.finish(), text, shape: shape.to_vec() })
    }

    /// The same for a chunk of another shape.
    pub(crate) fn reshaped(&self, shape: &[u64]) -> Arc<Self> {
        Self::new(Arc::clone(&self.text), shape)
    }
}

/// A chunk, or a subchunk of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Computed once: a look-up needs it several times.
    hash: u64,
    pub(super) home: Home,
    /// The path of a file or the key of a value. That of an entry of an archive is the archive's path,
    /// a NUL and its name, and so no path.
    value: Box<[u8]>,
    /// The number of a subchunk.
    place: Option<u64>,
    decoding: Arc<Decoding>,
}

impl Key {
    pub(crate) fn new(
        home: Home,
        value: &[u8],
        place: Option<u64>,
        decoding: Arc<Decoding>,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        (home, value, place, decoding.hash).hash(&mut hasher);
        Self { hash: hasher.finish(), home, value: value.into(), place, decoding }
    }

    /// Whether it takes no request to have the stored bytes again.
    pub(crate) fn is_at_hand(&self) -> bool {
        self.home == Home::Files
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// The version of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// A file in a certain state.
    File(Stamp),
    /// A strong tag, which no other version has.
    Tag(Arc<str>),
    /// The value is never replaced, except perhaps by this process.
    Only,
}

impl Version {
    /// Whether a later version must look different.
    pub(super) fn is_reliable(&self) -> bool {
        match self {
            Self::File(stamp) => stamp.is_at_rest(SystemTime::now()),
            Self::Tag(_) | Self::Only => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoding, Home, Key};
    use std::collections::HashSet;
    use std::sync::Arc;

    /// Catches two chunks that are taken for one: of other stores, values, subchunks, codecs or shapes.
    #[test]
    fn whatever_differs_is_another_chunk() {
        let decoding = Decoding::new("a".into(), &[2, 3]);
        let key = |home, value: &[u8], place, decoding: &Arc<Decoding>| {
            Key::new(home, value, place, Arc::clone(decoding))
        };
        let all = [
            key(Home::Files, b"a", None, &decoding),
            key(Home::Remote(1), b"a", None, &decoding),
            key(Home::Remote(2), b"a", None, &decoding),
            key(Home::Python(1), b"a", None, &decoding),
            key(Home::Files, b"b", None, &decoding),
            key(Home::Files, b"a", Some(0), &decoding),
            key(Home::Files, b"a", Some(1), &decoding),
            key(Home::Files, b"a", None, &Decoding::new("b".into(), &[2, 3])),
            key(Home::Files, b"a", None, &decoding.reshaped(&[3, 2])),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        let equal = key(Home::Files, b"a", None, &Decoding::new("a".into(), &[2, 3]));
        assert!(all[0] == equal && all.iter().collect::<HashSet<_>>().contains(&equal));
    }
}
