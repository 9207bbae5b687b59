//! Rewrites a shard: encodes touched subchunks again and keeps the stored bytes of the others.

use std::borrow::Cow;

use crate::call::{Call, Touched};
use crate::codec::shard::{Index, Piece, Shard, Source};
use crate::codec::transfer::Transfer;
use crate::errors::Result;
use crate::memory::reserve::room;
use crate::memory::scratch::Scratch;
use crate::store::key::Key;
use crate::store::local::{LocalFile, read_all};
use crate::store::output::Output;
#[cfg(feature = "remote")]
use crate::write::ahead::Ahead;

/// The contents of a shard before the write.
#[derive(Clone, Copy)]
pub(crate) enum Old<'a> {
    Bytes(&'a [u8]),
    File(&'a LocalFile),
}

pub(crate) struct Rewrite<'a> {
    pub(crate) key: Key,
    touched: Touched<'a>,
    old: Option<(Old<'a>, Index)>,
    #[cfg(feature = "remote")]
    ahead: Option<&'a Ahead>,
}

impl<'a> Rewrite<'a> {
    pub(crate) fn new(
        call: &'a Call<'_>,
        shard: &'a Shard,
        job: usize,
        old: Option<Old<'a>>,
    ) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        let shard = &touched.shard;
        call.opts.allow("a shard index", shard.index_size())?;
        let key = call.key(&touched.part);
        let index = old.map(|old| old.index(shard, &key, call)).transpose();
        let index = index.map_err(|error| error.at(|| key.name()))?;
        Ok(Self {
            old: old.zip(index),
            key,
            touched,
            #[cfg(feature = "remote")]
            ahead: None,
        })
    }

    /// The same, with subchunks that are encoded already.
    #[cfg(feature = "remote")]
    pub(crate) fn with(self, ahead: Option<&'a Ahead>) -> Self {
        Self { ahead, ..self }
    }

    /// Number of touched subchunks.
    pub(crate) fn len(&self) -> usize {
        self.touched.plan.len()
    }

    /// Encodes one touched subchunk; `None` if it is to be absent.
    pub(crate) fn subchunk(&self, call: &Call<'_>, job: usize) -> Result<Option<Cow<'_, [u8]>>> {
        #[cfg(feature = "remote")]
        if let Some(done) = self.ahead.and_then(|ahead| ahead.get(job)) {
            return Ok(done.0.as_deref().map(Cow::Borrowed));
        }
        let shard = &self.touched.shard;
        let (part, place) = self.touched.subchunk(job);
        let transfer = Transfer::new(&shard.chunk, &part, &self.touched.view)?;
        let mut stored = Scratch::take();
        let before = match &self.old {
            Some((old, index)) if !transfer.is_whole() => index
                .get(place)
                .map(|(at, length)| old.bytes(&self.key, at, length, &mut stored, call))
                .transpose()?,
            _ => None,
        };
        transfer.encode(before, &shard.fill, &call.opts, |new| {
            Ok(new.map(|new| Cow::Owned(new.into_owned())))
        })
    }

    /// The pieces of the new shard; `None` if it is empty.
    pub(crate) fn pieces<'b>(&self, new: &[Option<&'b [u8]>]) -> Result<Option<Vec<Piece<'b>>>> {
        let shard = &self.touched.shard;
        let kept = |place| self.old.as_ref().and_then(|(_, index)| index.get(place));
        let kept = |place| kept(place).map(|(at, length)| Source::Kept(at, length));
        let mut sources: Vec<Option<Source<'b>>> = room(shard.count as usize, "a new shard")?;
        sources.extend((0..shard.count as usize).map(kept));
        for (job, bytes) in new.iter().enumerate() {
            sources[self.touched.subchunk(job).1] = bytes.map(Source::New);
        }
        shard.assemble(|place| sources[place])
    }

    /// A shard without subchunks, for a store where a new value must take the place of the old one.
    #[cfg(feature = "remote")]
    pub(crate) fn empty(&self) -> Result<Vec<u8>> {
        self.touched.shard.encode_empty()
    }

    /// Number of bytes of the new shard.
    pub(crate) fn size(&self, pieces: &[Piece<'_>]) -> usize {
        pieces.iter().map(|piece| piece.bytes(self.kept()).len()).sum()
    }

    /// Adds the new shard to a buffer that has room for it.
    pub(crate) fn join(&self, pieces: &[Piece<'_>], into: &mut Vec<u8>) {
        for piece in pieces {
            into.extend_from_slice(piece.bytes(self.kept()));
        }
    }

    /// The old shard, if it is in memory.
    fn kept(&self) -> &[u8] {
        match self.old {
            Some((Old::Bytes(old), _)) => old,
            _ => &[],
        }
    }

    /// Writes the new shard to a file.
    pub(crate) fn write(
        &self,
        call: &Call<'_>,
        pieces: &[Piece<'_>],
        output: &mut Output<'_>,
    ) -> Result<()> {
        let kept = pieces.iter().filter(|piece| matches!(piece, Piece::Kept(..))).count() as u64;
        let mut old = self.old.as_ref().map(|(old, _)| *old);
        let mut whole = Scratch::take();
        if let Some(Old::File(file)) = old
            && kept.saturating_mul(file.read_cost()) > file.size()
        {
            let (at, length) = (0, file.size());
            let bytes = read_all(file, &self.key, at, length, &mut whole, &call.opts)?;
            old = Some(Old::Bytes(bytes));
        }
        pieces.iter().try_for_each(|piece| match (piece, old) {
            (Piece::Kept(at, length), Some(Old::File(file))) => {
                output.copy(&self.key, file, *at, *length)
            }
            (piece, Some(Old::Bytes(bytes))) => output.write(piece.bytes(bytes)),
            (piece, _) => output.write(piece.bytes(&[])),
        })
    }
}

impl<'a> Old<'a> {
    fn index(self, shard: &Shard, key: &Key, call: &Call<'_>) -> Result<Index> {
        let size = match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.size(),
        };
        // A new shard may keep all of this, and so occupy as much on disk.
        call.opts.allow("a stored chunk", size)?;
        let (at, mut scratch) = (shard.index_at(size)?, Scratch::take());
        let bytes = self.bytes(key, at, shard.index_size(), &mut scratch, call)?;
        let index = shard.index(bytes, Some(size), &call.opts)?;
        index.check_overlaps(None)?;
        Ok(index)
    }

    /// Reads a range that is known to be inside.
    fn bytes<'b>(
        self,
        key: &Key,
        at: u64,
        length: u64,
        scratch: &'b mut Vec<u8>,
        call: &Call<'_>,
    ) -> Result<&'b [u8]>
    where
        'a: 'b,
    {
        match self {
            Self::Bytes(bytes) => Ok(&bytes[at as usize..(at + length) as usize]),
            Self::File(file) => read_all(file, key, at, length, scratch, &call.opts),
        }
    }
}
