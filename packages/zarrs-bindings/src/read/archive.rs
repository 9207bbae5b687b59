//! Values in a ZIP archive that is only read. Nothing that its directory says is trusted.

use std::collections::HashMap;
use std::sync::Arc;

use crate::codec::deflate::inflate;
use crate::errors::{Error, Result};
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::read::load::Value;
use crate::store::local::{LocalFile, Stamp, read_all};
use crate::tuning::SCRATCH_BYTES;

/// Start and size of the header before each entry, without its name.
const SIGNATURE: &[u8] = b"PK\x03\x04";
const HEADER: u64 = 30;

/// No byte of deflated data decodes to more bytes.
const MOST_OF_A_BYTE: u64 = 1032;

/// What the directory says of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Where its header is.
    pub(crate) header: u64,
    /// Bytes in the archive, and bytes of the value.
    pub(crate) stored: u64,
    pub(crate) size: u64,
    /// CRC-32 of the value.
    pub(crate) sum: u32,
    pub(crate) is_deflated: bool,
}

/// The entries of an archive by name.
pub(crate) type Entries = HashMap<Box<[u8]>, Entry>;

/// An open archive. Threads and forked children share its descriptor, which has no position.
pub(crate) struct Archive {
    path: Vec<u8>,
    file: Arc<LocalFile>,
    entries: Entries,
}

impl Entry {
    /// Bytes that an open value of it may hold in memory.
    fn held(&self) -> u64 {
        if self.is_deflated || self.is_small() { self.size } else { 0 }
    }

    fn is_small(&self) -> bool {
        self.size <= SCRATCH_BYTES as u64
    }
}

impl Archive {
    pub(crate) fn new(path: Vec<u8>, file: LocalFile, entries: Entries) -> Self {
        Self { path, file: Arc::new(file), entries }
    }

    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The state of a value; `None` if it is absent, or the system tells too little.
    pub(super) fn stamp(&self, key: &[u8]) -> Option<Stamp> {
        let entry = self.entries.get(key)?;
        self.file.part(entry.header, entry.stored).stamp()
    }

    pub(super) fn is_deflated(&self, key: &[u8]) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.is_deflated)
    }

    /// Bytes that an open value may hold in memory.
    pub(super) fn held(&self, key: &[u8]) -> u64 {
        self.entries.get(key).map_or(0, Entry::held)
    }

    /// Opens a value; `None` if it is absent. If `all` of it is wanted, its checksum is compared.
    pub(crate) fn open(&self, key: &[u8], all: bool, opts: &Opts) -> Result<Option<Value>> {
        let Some(entry) = self.entries.get(key) else {
            return Ok(None);
        };
        let part = self.part(key, entry)?;
        let check = |sum: u32| {
            let same = !opts.validate_checksums || sum == entry.sum;
            if same { Ok(()) } else { Err(bad(key, "its CRC-32 does not match")) }
        };
        if !entry.is_deflated && (!all || !opts.validate_checksums) {
            return Ok(Some(Value::File(part)));
        }
        if !entry.is_deflated && !entry.is_small() {
            check(self.sum(&part, opts)?)?;
            return Ok(Some(Value::File(part)));
        }
        let mut bytes = Scratch::take();
        let size = opts.allow("a stored chunk", entry.size)?;
        if entry.is_deflated {
            let mut scratch = Scratch::take();
            let stored = read_all(&part, &self.path, 0, entry.stored, &mut scratch, opts)?;
            if !inflate(stored, size, &mut bytes)? {
                return Err(bad(key, "its data is damaged"));
            }
        } else {
            read_all(&part, &self.path, 0, entry.size, &mut bytes, opts)?;
        }
        check(crc32fast::hash(&bytes))?;
        Ok(Some(Value::Bytes(bytes)))
    }

    /// The stored bytes of an entry.
    fn part(&self, key: &[u8], entry: &Entry) -> Result<LocalFile> {
        let outside = || bad(key, "it reaches beyond the end of the archive");
        let inside = |at: u64, length: u64| {
            at.checked_add(length).filter(|end| *end <= self.file.size()).ok_or_else(outside)
        };
        let length = HEADER + key.len() as u64;
        let at = inside(entry.header, length)?;
        let mut scratch = Scratch::take();
        // A header is no value, which a budget could refuse.
        let opts = &Opts::DEFAULT;
        let header = read_all(&self.file, &self.path, entry.header, length, &mut scratch, opts)?;
        let (fixed, name) = header.split_at(HEADER as usize);
        let number = |at: usize| u64::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
        if !fixed.starts_with(SIGNATURE) || number(26) != key.len() as u64 || name != key {
            return Err(bad(key, "the header before it is not its own"));
        }
        let at = inside(at, number(28))?;
        inside(at, entry.stored)?;
        let possible = if entry.is_deflated {
            entry.size <= entry.stored.saturating_mul(MOST_OF_A_BYTE)
        } else {
            entry.size == entry.stored
        };
        if !possible {
            return Err(bad(key, "its data cannot have the size that the directory says"));
        }
        Ok(self.file.part(at, entry.stored))
    }

    /// The CRC-32 of a value that is too large to be held.
    fn sum(&self, part: &LocalFile, opts: &Opts) -> Result<u32> {
        let (mut sum, mut at) = (crc32fast::Hasher::new(), 0);
        let mut scratch = Scratch::take();
        while at < part.size() {
            let length = (SCRATCH_BYTES as u64).min(part.size() - at);
            sum.update(read_all(part, &self.path, at, length, &mut scratch, opts)?);
            at += length;
        }
        Ok(sum.finalize())
    }
}

fn bad(key: &[u8], reason: &'static str) -> Error {
    Error::BadArchive { key: String::from_utf8_lossy(key).into_owned(), reason }
}
