//! Makes the new value of a chunk and replaces the old one.

use std::borrow::Cow;

use crate::call::Call;
use crate::errors::Result;
#[cfg(feature = "remote")]
use crate::memory::buffer::Buffer;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::ChunkPart;
use crate::store::claim::Found;
use crate::store::key::Key;
use crate::store::output::Output;
use crate::store::replace;
use crate::tuning::FILE_COST;

/// Creating and renaming a file costs more than opening one.
pub(crate) fn work(call: &Call<'_>, count: usize) -> u64 {
    let encode = call.work(&call.entry.info.chain, count);
    encode.saturating_add((count as u64).saturating_mul(FILE_COST))
}

/// The keys of some jobs.
pub(crate) fn keys(call: &Call<'_>, first: usize, count: usize) -> impl Iterator<Item = Key> {
    (first..first + count).map(|job| call.key(&call.plan.part(job)))
}

/// Claims the value at a key for a job of a call.
pub(crate) fn claim(
    call: &Call<'_>,
    key: &[u8],
    keep: bool,
    find: impl Fn(&[u8], &Opts, bool) -> Result<Found>,
) -> Result<Found> {
    let mut found = find(key, &call.opts, keep)?;
    // Among many files, a thread that waits for one lets another thread run. To close all of them
    // on a further thread would take more time, not less.
    if let (1, Found::File(claim)) = (call.plan.len(), &mut found) {
        claim.close_later();
    }
    Ok(found)
}

/// Replaces what was found by a new value; `false` if another writer was faster.
pub(crate) fn put(
    key: &[u8],
    new: Option<impl FnOnce(&mut Output<'_>) -> Result<()>>,
    found: &Found,
    opts: &Opts,
) -> Result<bool> {
    match (new, found) {
        (_, Found::Busy) => return Ok(false),
        (Some(new), Found::Absent) => return replace::create(key, new, opts),
        (Some(new), _) => replace::replace(key, new, opts)?,
        (None, Found::Absent) => {}
        (None, _) => replace::delete(key)?,
    }
    Ok(true)
}

/// Passes the new stored value of a chunk to `then`; `None` if it is to be absent.
pub(crate) fn encode<T>(
    call: &Call<'_>,
    part: &ChunkPart<'_>,
    before: Option<&[u8]>,
    then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
) -> Result<T> {
    encode_into(call, part, before, Vec::new, then)
}

/// The same, for a value that is not kept: its memory is that of a buffer that the thread reuses.
pub(crate) fn encode_to_write<T>(
    call: &Call<'_>,
    part: &ChunkPart<'_>,
    before: Option<&[u8]>,
    then: impl FnOnce(Option<&[u8]>) -> Result<T>,
) -> Result<T> {
    encode_into(
        call,
        part,
        before,
        || Scratch::take().into_inner(),
        |new| {
            let done = then(new.as_deref());
            if let Some(Cow::Owned(new)) = new {
                drop(Scratch::from(new));
            }
            done
        },
    )
}

fn encode_into<T>(
    call: &Call<'_>,
    part: &ChunkPart<'_>,
    before: Option<&[u8]>,
    out: impl FnOnce() -> Vec<u8>,
    then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
) -> Result<T> {
    let info = &call.entry.info;
    let chain = call.chain(part)?;
    let transfer = call.transfer(&chain, part)?;
    transfer.encode_into(before, &info.fill, &call.opts, out, then)
}

/// The new stored value of a chunk, with other options than those of the call.
#[cfg(feature = "remote")]
pub(crate) fn encode_owned(
    call: &Call<'_>,
    part: &ChunkPart<'_>,
    before: Option<&[u8]>,
    opts: &Opts,
) -> Result<Option<Buffer>> {
    let chain = call.chain(part)?;
    call.transfer(&chain, part)?.encode_owned(before, &call.entry.info.fill, opts)
}
