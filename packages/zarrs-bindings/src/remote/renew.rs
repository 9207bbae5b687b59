//! The new values of chunks and shards: encodes them, and sends what is to be changed.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::call::Call;
use crate::codec::shard::{Piece, Shard};
use crate::errors::{Error, Result};
use crate::memory::buffer::Buffer;
use crate::options::{Locking, Opts};
use crate::remote::builders::Kind;
use crate::remote::changes::{Asks, Request};
use crate::remote::client::Client;
use crate::remote::get::Answer;
use crate::remote::put::{Condition, Put};
use crate::threads::jobs;
use crate::write::ahead::Ahead;
use crate::write::put::encode_owned;
use crate::write::rewrite::{Old, Rewrite};
use crate::write::shards::encode_each;

/// Maximum number of values that are deleted with one request.
const DELETED_AT_ONCE: usize = 1000;

/// A chunk to encode.
pub(super) struct Unit {
    pub(super) job: usize,
    /// What is stored, if the chunk keeps some of it.
    pub(super) old: Option<Answer>,
    /// How often another writer was faster.
    pub(super) conflicts: u32,
    /// What was encoded while the old value was on its way.
    pub(super) ahead: Option<Ahead>,
}

impl Unit {
    fn bytes(&self) -> Option<&[u8]> {
        match &self.old {
            Some(Answer::Value(value)) => Some(&value.bytes),
            _ => None,
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self.old, Some(Answer::Missing))
    }
}

/// Encodes the chunks of a call.
pub(super) struct Renewal<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) client: Arc<Client>,
    /// Whether values that are kept in part are replaced under a condition.
    pub(super) conditional: bool,
    pub(super) asks: Asks,
    /// The jobs of chunks that are to be absent.
    absent: Mutex<Vec<usize>>,
    /// The jobs of chunks that need no request.
    unchanged: Mutex<Vec<usize>>,
}

impl<'a> Renewal<'a> {
    pub(super) fn new(
        call: &'a Call<'a>,
        client: Arc<Client>,
        conditional: bool,
        asks: Asks,
    ) -> Self {
        let (absent, unchanged) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        Self { call, client, conditional, asks, absent, unchanged }
    }

    /// Maximum size of a value that is replaced in part.
    pub(super) fn most(&self) -> u64 {
        if self.conditional { self.client.most_at_once } else { u64::MAX }
    }

    /// Whether a stored chunk has the size of its elements, so that it is known beforehand.
    pub(super) fn keeps_size(&self) -> bool {
        self.call.shard().is_none() && self.call.entry.info.chain.is_raw()
    }

    pub(super) fn name(&self, job: usize) -> String {
        self.call.key(&self.call.plan.part(job)).name()
    }

    /// Encodes some chunks, and sends each as soon as it is encoded. Returns the jobs of those that
    /// need no request.
    pub(super) fn run(&self, units: &[Unit]) -> Result<Vec<usize>> {
        if let Some(shard) = self.call.shard() {
            self.shards(shard, units)?;
        } else {
            let work = self.call.work(&self.call.entry.info.chain, units.len());
            jobs::run(units.len(), work, self.call.limits(), |at| self.chunk(&units[at]))?;
        }
        self.delete()?;
        Ok(take(&self.unchanged))
    }

    fn chunk(&self, unit: &Unit) -> Result<()> {
        let part = self.call.plan.part(unit.job);
        let encode = |opts: &Opts| {
            encode_owned(self.call, &part, unit.bytes(), opts)
                .map_err(|error| error.at(|| self.name(unit.job)))
        };
        let new = match encode(&self.call.opts)? {
            None if self.stays(unit) => {
                encode(&Opts { write_empty_chunks: true, ..self.call.opts })?
            }
            new => new,
        };
        self.send(unit, new)
    }

    fn shards(&self, shard: &Shard, units: &[Unit]) -> Result<()> {
        let rewrites = units.iter().map(|unit| {
            let old = unit.bytes().map(Old::Bytes);
            Ok(Rewrite::new(self.call, shard, unit.job, old)?.with(unit.ahead.as_ref()))
        });
        let rewrites = rewrites.collect::<Result<Vec<_>>>()?;
        encode_each(self.call, shard, &rewrites, |at, rewrite, pieces| {
            let new = match pieces {
                None if self.stays(&units[at]) => Some(rewrite.empty()?.into()),
                None => None,
                Some(pieces) => Some(self.join(rewrite, &pieces)?),
            };
            self.send(&units[at], new)
        })
    }

    fn join(&self, rewrite: &Rewrite<'_>, pieces: &[Piece<'_>]) -> Result<Buffer> {
        let (size, keep) = (rewrite.size(pieces), self.call.opts.memory_pool);
        let mut new = Buffer::with_room(size, keep, "an encoded shard")?;
        rewrite.join(pieces, new.room());
        Ok(new)
    }

    /// Whether a value must remain even if it is empty: it cannot be deleted on the condition that
    /// others have not changed it.
    fn stays(&self, unit: &Unit) -> bool {
        self.conditional && unit.bytes().is_some()
    }

    /// Sends a new value, if it differs from what is stored.
    fn send(&self, unit: &Unit, new: Option<Buffer>) -> Result<()> {
        let Some(new) = new else {
            let list = if unit.is_absent() { &self.unchanged } else { &self.absent };
            push(list, unit.job);
            return Ok(());
        };
        if unit.bytes().is_some_and(|old| old == new.bytes()) {
            push(&self.unchanged, unit.job);
            return Ok(());
        }
        let condition = match &unit.old {
            Some(old) if self.conditional => match Condition::still(&self.client, old) {
                Some(condition) => {
                    if matches!(condition, Condition::Version(_)) {
                        self.client.identifies();
                    }
                    condition
                }
                // Other answers had tags, so this one says nothing about the server.
                None if self.client.identified() => Condition::Unknown,
                // The server gives no tags, so it offers no conditions.
                None if self.call.opts.locking == Locking::Auto => Condition::Nothing,
                None => return Err(self.not_offered(unit.job)),
            },
            _ => Condition::Nothing,
        };
        let (key, value, budget) = (self.name(unit.job), Bytes::from(new), self.call.opts.budget);
        let put = Put { key, value, condition, budget };
        self.asks.send(vec![unit.job], Request::Put(put, unit.conflicts))
    }

    fn delete(&self) -> Result<()> {
        let absent = take(&self.absent);
        crate::counters::CHUNKS_DELETED.add(absent.len() as u64);
        let most = match self.client.kind {
            Kind::S3 | Kind::Azure => DELETED_AT_ONCE,
            Kind::Google | Kind::Http => 1,
        };
        absent.chunks(most).try_for_each(|jobs| {
            let keys = jobs.iter().map(|job| self.name(*job)).collect();
            self.asks.send(jobs.to_vec(), Request::Delete(keys))
        })
    }

    /// The error of a server without conditions.
    pub(super) fn not_offered(&self, job: usize) -> Error {
        Error::Unsupported(format!(
            "the server cannot replace '{}' on the condition that nobody else has changed it; if \
             there is no other writer, write with locking='threads' in zarr.crud.Options",
            self.name(job)
        ))
    }
}

fn push(list: &Mutex<Vec<usize>>, job: usize) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(job);
}

fn take(list: &Mutex<Vec<usize>>) -> Vec<usize> {
    std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
}
