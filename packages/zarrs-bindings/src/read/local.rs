//! Reading from files.

use crate::call::Call;
use crate::errors::Result;
use crate::plan::ChunkPart;
use crate::read::load::Piece;
use crate::read::shards;
use crate::store::key::Key;
use crate::store::local;
use crate::threads::jobs;

/// Reads all parts of a call from a local store.
pub(crate) fn read(call: &Call<'_>) -> Result<()> {
    if let Some(shard) = call.shard() {
        return shards::read(call, shard);
    }
    let count = call.plan.len();
    jobs::run(count, call.work(&call.entry.info.chain, count), call.limits(), |job| {
        let part = call.plan.part(job);
        let key = call.key(&part);
        whole(call, &part, &key).map_err(|error| error.at(|| key.name()))
    })
}

fn whole(call: &Call<'_>, part: &ChunkPart<'_>, key: &Key) -> Result<()> {
    let chain = call.chain(part)?;
    match local::open_sized(key, chain.is_raw().then_some(chain.size))? {
        None => call.missing(part),
        Some(file) => {
            let (at, length) = (0, file.size());
            let piece = Piece::File { file: &file, key, at, length };
            call.transfer(&chain, part)?.load(&piece, &call.opts)
        }
    }
}
