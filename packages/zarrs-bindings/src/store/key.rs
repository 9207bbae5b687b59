//! Keys: the path of a node, and the key of a chunk below it.

use std::ops::Deref;
use std::path::Path;

use smallvec::SmallVec;

use crate::errors::{Error, Result};
use crate::store::local;

/// Chunk key encodings of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStyle {
    /// `c/1/2`, and `c` for a scalar.
    Default,
    /// `1.2`, and `0` for a scalar.
    V2,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyEncoding {
    pub(crate) style: KeyStyle,
    pub(crate) separator: u8,
}

/// The start of all chunk keys of an array: the root of a local store, and the node's path.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    bytes: Vec<u8>,
    /// Length of the root, which is not part of the key.
    root: usize,
}

/// The key of a chunk; a file path in a local store.
pub(crate) struct Key {
    bytes: SmallVec<[u8; 256]>,
    root: usize,
}

impl Prefix {
    pub(crate) fn new(root: Option<&[u8]>, path: &str) -> Result<Self> {
        check(path)?;
        let mut bytes = root.unwrap_or_default().to_vec();
        if root.is_some() && bytes.last() != Some(&b'/') {
            bytes.push(b'/');
        }
        let root = bytes.len();
        bytes.extend_from_slice(path.as_bytes());
        if !path.is_empty() {
            bytes.push(b'/');
        }
        Ok(Self { bytes, root })
    }

    pub(crate) fn key(&self, encoding: KeyEncoding, index: impl Iterator<Item = u64>) -> Key {
        let mut bytes = SmallVec::from_slice(&self.bytes);
        let mut scalar = true;
        if encoding.style == KeyStyle::Default {
            bytes.push(b'c');
        }
        for i in index {
            if !scalar || encoding.style == KeyStyle::Default {
                bytes.push(encoding.separator);
            }
            scalar = false;
            push_decimal(&mut bytes, i);
        }
        if scalar && encoding.style == KeyStyle::V2 {
            bytes.push(b'0');
        }
        Key { bytes, root: self.root }
    }
}

fn push_decimal(bytes: &mut SmallVec<[u8; 256]>, mut n: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

impl Key {
    /// The key without the root of a local store.
    pub(crate) fn name(&self) -> String {
        String::from_utf8_lossy(&self.bytes[self.root..]).into_owned()
    }

    /// The folders of a local store that contain the value, from the innermost to the root.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        let root = self.root;
        let above = local::path(self).ancestors().skip(1);
        above.take_while(move |folder| folder.as_os_str().len() + 1 >= root)
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Rejects a node path that could leave the root.
fn check(path: &str) -> Result<()> {
    if path.is_empty() {
        return Ok(());
    }
    let reason = if path.contains('\0') {
        "it holds a NUL character"
    } else if path.contains('\\') {
        "it holds a backslash"
    } else if path.starts_with('/') || path.ends_with('/') {
        "it starts or ends with a slash"
    } else if path.split('/').any(str::is_empty) {
        "it has an empty component"
    } else if path.split('/').any(|part| part == "." || part == "..") {
        "it has a component `.` or `..`"
    } else {
        return Ok(());
    };
    Err(Error::InvalidPath(format!(
        "path {path:?} is not a node path: {reason}; use names joined by single slashes"
    )))
}

#[cfg(test)]
mod tests {
    use super::{KeyEncoding, KeyStyle, Prefix};

    fn key(root: Option<&[u8]>, path: &str, style: KeyStyle, separator: u8, at: &[u64]) -> String {
        let prefix = Prefix::new(root, path).unwrap_or_else(|e| unreachable!("{e}"));
        let key = prefix.key(KeyEncoding { style, separator }, at.iter().copied());
        String::from_utf8_lossy(&key).into_owned()
    }

    /// Catches wrong separators, wrong keys of scalars and a lost root.
    #[test]
    fn keys_follow_the_specification() {
        use KeyStyle::{Default, V2};
        assert_eq!(key(None, "", Default, b'/', &[1, 23, 0]), "c/1/23/0");
        assert_eq!(key(None, "a/b", Default, b'.', &[1, 23]), "a/b/c.1.23");
        assert_eq!(key(None, "a", V2, b'.', &[1, 23]), "a/1.23");
        assert_eq!(key(None, "a", V2, b'/', &[u64::MAX]), format!("a/{}", u64::MAX));
        assert_eq!(key(None, "a", V2, b'.', &[]), "a/0");
        assert_eq!(key(Some(b"/r"), "a", Default, b'/', &[]), "/r/a/c");
        assert_eq!(key(Some(b"/"), "", Default, b'/', &[0]), "/c/0");
    }

    /// Catches a root that is not synchronized, or folders above it that are.
    #[test]
    fn folders_end_at_the_root() {
        let encoding = KeyEncoding { style: KeyStyle::Default, separator: b'/' };
        for (root, folders) in
            [(&b"/r"[..], vec!["/r/a/c", "/r/a", "/r"]), (b"/", vec!["/a/c", "/a", "/"])]
        {
            let prefix = Prefix::new(Some(root), "a").unwrap_or_else(|e| unreachable!("{e}"));
            let key = prefix.key(encoding, [0].into_iter());
            let found: Vec<_> = key.folders().map(|f| f.to_string_lossy().into_owned()).collect();
            assert_eq!(found, folders);
        }
    }

    /// Catches a path that reaches files outside the store.
    #[test]
    fn paths_that_could_leave_the_root_are_refused() {
        for path in ["..", "a/../b", "/a", "a/", "a//b", "./a", "a\0b", "a\\b", "a/.."] {
            assert!(Prefix::new(None, path).is_err(), "{path:?}");
        }
        assert!(Prefix::new(None, "a/..b/c. d").is_ok());
    }
}
