//! Entries of ZIP archives of any bytes, whatever the directory says of them.

use std::fs;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::decoding::OPTS;
use super::input::Input;
use crate::errors::Error;
use crate::options::Opts;
use crate::read::archive::{Archive, Entries, Entry};
use crate::read::load::Value;
use crate::store::local::{self, read_all};

const KEY: &[u8] = b"c/0";

/// Reads an entry of an archive. The first bytes of an input choose what the directory says. The
/// rest is the file, or a value that is stored in an archive as it should be.
pub fn archive(data: &[u8]) {
    let mut input = Input(data);
    let flags = input.byte();
    let (is_made, is_deflated) = (flags & 1 > 0, flags & 2 > 0);
    let (is_checked, all) = (flags & 4 == 0, flags & 8 == 0);
    let padding = input.byte();
    let changes = [(); 3].map(|()| input.byte());
    let (file, mut entry) = if is_made {
        made(input.0, padding, is_deflated)
    } else {
        let size = input.0.len() as u64;
        (input.0.to_vec(), Entry { header: 0, stored: size, size, sum: 0, is_deflated })
    };
    let end = file.len() as u64;
    entry.header = changed(entry.header, changes[0], end);
    entry.stored = changed(entry.stored, changes[1], end);
    entry.size = changed(entry.size, changes[2], end);
    let expected = value(&file, &entry);
    if flags & 16 == 0 {
        entry.sum = expected.as_deref().map_or(0, crc32fast::hash);
    }
    let found = twice(&file, entry, all, is_checked);
    let is_right = |bytes: &Vec<u8>| {
        !is_checked || !(all || is_deflated) || crc32fast::hash(bytes) == entry.sum
    };
    if let Some(bytes) = &found {
        assert!(bytes.len() as u64 == entry.size && is_right(bytes), "{entry:?}");
        // Two decoders may differ in what they take for damage.
        assert!(is_deflated || expected.is_some(), "bytes of another place: {entry:?}");
        assert!(expected.is_none_or(|expected| expected == *bytes), "other bytes: {entry:?}");
    } else if !is_deflated || (is_made && changes == [0; 3]) {
        assert!(!expected.as_ref().is_some_and(is_right), "it is refused: {entry:?}");
    }
}

/// A number of the directory: the right one, or another.
fn changed(right: u64, change: u8, end: u64) -> u64 {
    match change {
        0 => right,
        255 => u64::MAX,
        254 => 1 << 63,
        253 => end,
        252 => end.wrapping_sub(right),
        change => change.into(),
    }
}

/// An archive with one entry, without a directory.
fn made(value: &[u8], padding: u8, is_deflated: bool) -> (Vec<u8>, Entry) {
    let (before, extra) = (usize::from(padding & 15), padding >> 4);
    let stored = if is_deflated {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let stored = encoder.write_all(value).and_then(|()| encoder.finish());
        stored.unwrap_or_else(|error| unreachable!("{error}"))
    } else {
        value.to_vec()
    };
    let mut file = vec![b'P'; before];
    file.extend_from_slice(b"PK\x03\x04");
    // What the header says besides the lengths is not read.
    file.extend_from_slice(&[0xEE; 22]);
    file.extend_from_slice(&[KEY.len() as u8, 0, extra, 0]);
    file.extend_from_slice(KEY);
    file.extend(std::iter::repeat_n(b'x', extra.into()));
    file.extend_from_slice(&stored);
    let (stored, size) = (stored.len() as u64, value.len() as u64);
    (file, Entry { header: before as u64, stored, size, sum: 0, is_deflated })
}

/// The value of an entry, read as in the specification.
fn value(file: &[u8], entry: &Entry) -> Option<Vec<u8>> {
    let header = file.get(usize::try_from(entry.header).ok()?..)?;
    let (fixed, rest) = header.split_at_checked(30)?;
    let [name, extra] =
        [26, 28].map(|at| usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]])));
    let is_header = fixed.starts_with(b"PK\x03\x04") && name == KEY.len() && rest.starts_with(KEY);
    let stored = rest.get(name + extra..)?.get(..usize::try_from(entry.stored).ok()?)?;
    let mut bytes = Vec::new();
    if entry.is_deflated {
        let limit = OPTS.budget.min(entry.size) + 1;
        DeflateDecoder::new(stored).take(limit).read_to_end(&mut bytes).ok()?;
    } else {
        bytes.extend_from_slice(stored);
    }
    (is_header && bytes.len() as u64 == entry.size).then_some(bytes)
}

/// Opens a value, if it can be opened. Checks that the outcome is the same each time.
fn twice(file: &[u8], entry: Entry, all: bool, is_checked: bool) -> Option<Vec<u8>> {
    let path = std::env::temp_dir().join(format!("zarrs-bindings-fuzz-{}", std::process::id()));
    let path = path.into_os_string().into_encoded_bytes();
    let opts = Opts { validate_checksums: is_checked, ..OPTS };
    let opened = fs::write(local::path(&path), file).map(|()| local::open(&path));
    let Ok(Ok(Some(opened))) = opened else { unreachable!("the file cannot be written or read") };
    let archive = Archive::new(path.clone(), opened, Entries::from([(KEY.into(), entry)]));
    let mut scratch = Vec::new();
    let mut bytes = || match archive.open(KEY, all, &opts)? {
        Some(Value::File(part)) => {
            read_all(&part, &path, 0, part.size(), &mut scratch, &opts).map(<[u8]>::to_vec)
        }
        Some(Value::Bytes(bytes)) => Ok(bytes.to_vec()),
        None => unreachable!("the directory has the entry"),
    };
    match (bytes(), bytes()) {
        (Ok(first), Ok(second)) => {
            assert!(first == second, "another value the second time");
            Some(first)
        }
        (Err(first), Err(second)) => {
            assert!(matches!(first, Error::BadArchive { .. } | Error::Budget(_)), "{first:?}");
            assert_eq!(first.to_string(), second.to_string());
            None
        }
        (first, second) => unreachable!("read once: {:?} {:?}", first.err(), second.err()),
    }
}

#[cfg(test)]
mod tests {
    use super::archive;

    /// Catches trust in a directory or a header, values that are cut short, and wrong checksums.
    #[test]
    fn the_corpus_keeps_the_properties() {
        crate::fuzzing::tests::corpus("archive", archive);
    }
}
