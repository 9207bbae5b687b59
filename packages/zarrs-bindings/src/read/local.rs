//! Reading from files.

use crate::call::Call;
use crate::errors::Result;
use crate::plan::Take;
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
        let take = call.plan.part(job);
        let key = call.key(&take);
        whole(call, &take, &key).map_err(|error| error.at(|| key.name()))
    })
}

fn whole(call: &Call<'_>, take: &Take<'_>, key: &Key) -> Result<()> {
    let chain = call.chain(take)?;
    match local::open_sized(key, chain.is_raw().then_some(chain.size))? {
        None => call.missing(take),
        Some(file) => {
            let (at, length) = (0, file.size());
            let piece = Piece::File { file: &file, key, at, length };
            call.part(&chain, take)?.load(&piece, &call.opts)
        }
    }
}
