//! What a write has begun, and what is left of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::call::Call;
use crate::errors::{Error, Result};
use crate::remote::changes::{Changes, PATIENCE, Replied, Reply, Request};
use crate::remote::client::Client;
use crate::remote::failure::{Deed, Failure};
use crate::remote::get::{Answer, Get};
use crate::remote::limit::REQUESTS_IN_FLIGHT;
use crate::remote::put::Outcome;
use crate::remote::renew::{Renewal, Unit};
use crate::tuning::{BATCH_BYTES, SIGNAL_INTERVAL};
use crate::write::ahead::Ahead;

/// Number of chunks of a call that are begun, so that no request waits for a thread that encodes.
const BEGUN: usize = 4 * REQUESTS_IN_FLIGHT;

/// Number of chunks for each thread, and their bytes at least, that are begun before a server has
/// shown that it is far away. A near one answers so soon that more of them only leave the caches.
const FIRST: u64 = 4;
const FIRST_BYTES: u64 = 8 << 20;

/// How long a call waits for the first answers of a near server.
const NEAR: Duration = Duration::from_millis(2);

/// Maximum number of keys that are locked together.
const GROUP: usize = 128;

/// The bytes that are begun at first.
fn first_room(call: &Call<'_>) -> Result<u64> {
    let threads = call.limits().count()? as u64;
    let chunks = call.entry.info.chain.size.saturating_mul(FIRST * threads);
    Ok(chunks.max(FIRST_BYTES).min(call.opts.in_flight_bytes))
}

/// A write over the network.
pub(super) struct Writer<'a> {
    renewal: Renewal<'a>,
    changes: Changes,
    /// Number of jobs in a group, except for the last.
    group: usize,
    /// The first job that is not begun, and the first one whose key is not locked.
    next: usize,
    locked: usize,
    /// The jobs that are begun, with the bytes that each may hold.
    begun: BTreeMap<usize, u64>,
    held: u64,
    /// The bytes that all of them may hold.
    room: u64,
    /// Number of jobs of each locked group that are not done.
    left: BTreeMap<usize, usize>,
    ready: Vec<Unit>,
    /// The jobs whose old values are on their way, as long as nothing of them is encoded.
    coming: BTreeSet<usize>,
    ahead: BTreeMap<usize, Ahead>,
    /// How often another writer was faster than a job.
    conflicts: BTreeMap<usize, u32>,
    ended: Vec<usize>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(call: &'a Call<'a>, client: Arc<Client>, conditional: bool) -> Result<Self> {
        let changes = Changes::new(&client)?;
        Ok(Self {
            renewal: Renewal::new(call, client, conditional, changes.asks.clone()),
            changes,
            group: call.batch().min(GROUP),
            next: 0,
            locked: 0,
            begun: BTreeMap::new(),
            held: 0,
            room: first_room(call)?,
            left: BTreeMap::new(),
            ready: Vec::new(),
            coming: BTreeSet::new(),
            ahead: BTreeMap::new(),
            conflicts: BTreeMap::new(),
            ended: Vec::new(),
        })
    }

    pub(super) fn call(&self) -> &'a Call<'a> {
        self.renewal.call
    }

    /// The number and the jobs of the next group to lock, if it could begin.
    pub(super) fn next_group(&self) -> Option<(usize, Range<usize>)> {
        let all = self.call().plan.len();
        let jobs = self.locked..all.min(self.locked + self.group);
        let may = self.next == self.locked && !jobs.is_empty();
        (may && self.has_room(self.cost(self.next))).then(|| (self.locked / self.group, jobs))
    }

    /// Begins a group whose keys are locked.
    pub(super) fn admit(&mut self, group: usize, jobs: &Range<usize>) {
        self.left.insert(group, jobs.len());
        self.locked = jobs.end;
    }

    fn has_room(&self, cost: u64) -> bool {
        self.begun.is_empty()
            || (self.begun.len() < BEGUN && self.held.saturating_add(cost) <= self.room)
    }

    /// The bytes that a job may hold: its new value, and its old one.
    fn cost(&self, job: usize) -> u64 {
        let size = self.call().entry.info.chain.size;
        if self.keeps(job) { size.saturating_mul(2) } else { size }
    }

    /// Whether some of the stored chunk is kept.
    fn keeps(&self, job: usize) -> bool {
        !self.call().covered(&self.call().plan.part(job))
    }

    /// Begins what it may, encodes what it can, and takes what has arrived. Returns the groups that
    /// are done.
    pub(super) fn step(&mut self) -> Result<Vec<usize>> {
        self.begin()?;
        let units = std::mem::take(&mut self.ready);
        for job in self.renewal.run(&units)? {
            self.done(job);
        }
        if units.is_empty() {
            self.encode_ahead()?;
        }
        drop(units);
        self.call().limits().check_signals()?;
        let waits = self.ended.is_empty() && self.coming.is_empty() && !self.may_begin();
        let most = self.call().opts.in_flight_bytes;
        let longest = if self.room < most { NEAR } else { SIGNAL_INTERVAL };
        let replied = self.changes.receive(waits.then_some(longest))?;
        if waits && replied.is_empty() {
            self.room = most;
        }
        for replied in replied {
            self.take(replied)?;
        }
        Ok(std::mem::take(&mut self.ended))
    }

    fn may_begin(&self) -> bool {
        self.next < self.locked && self.has_room(self.cost(self.next))
    }

    fn begin(&mut self) -> Result<()> {
        let mut bytes = 0;
        while bytes < BATCH_BYTES && self.may_begin() {
            let (job, cost) = (self.next, self.cost(self.next));
            if self.keeps(job) {
                let (key, budget) = (self.renewal.name(job), self.call().opts.budget);
                let expected = self.call().entry.info.chain.size;
                let most = self.renewal.most();
                if expected > most && self.renewal.keeps_size() {
                    let failure = Failure::TooLong { bytes: expected, most, is_stored: false };
                    return Err(failure.of(Deed::Write, &key));
                }
                let wanted = Get::new(key, None, budget, expected);
                self.renewal.asks.send(vec![job], Request::Get(wanted, most))?;
                if self.call().shard().is_some() {
                    self.coming.insert(job);
                }
            } else {
                self.ready.push(Unit { job, old: None, conflicts: 0, ahead: None });
            }
            self.begun.insert(job, cost);
            self.held = self.held.saturating_add(cost);
            bytes += cost;
            self.next += 1;
        }
        Ok(())
    }

    /// Encodes what it can of one shard whose old value is on its way.
    fn encode_ahead(&mut self) -> Result<()> {
        if let Some(job) = self.coming.pop_first()
            && let Some(shard) = self.call().shard()
        {
            self.ahead.insert(job, Ahead::new(self.call(), shard, job)?);
        }
        Ok(())
    }

    fn take(&mut self, replied: Replied) -> Result<()> {
        let jobs = replied.jobs.clone();
        let old = match replied.reply()? {
            Reply::Deleted | Reply::Put(Outcome::Stored(_)) => {
                for job in jobs {
                    self.done(job);
                }
                return Ok(());
            }
            Reply::Put(Outcome::NotOffered) => {
                return Err(self.renewal.not_offered(jobs.first().copied().unwrap_or_default()));
            }
            Reply::Put(Outcome::Conflict(now)) => {
                for job in &jobs {
                    *self.conflicts.entry(*job).or_default() += 1;
                }
                now
            }
            Reply::Found(found) => found,
        };
        for job in jobs {
            if matches!(old, Answer::Changed | Answer::Same | Answer::Written) {
                let name = self.renewal.name(job);
                return Err(Error::damaged("the server does not send it whole").at(|| name));
            }
            let conflicts = self.conflicts.get(&job).copied().unwrap_or_default();
            self.coming.remove(&job);
            let (old, ahead) = (Some(old.clone()), self.ahead.remove(&job));
            self.ready.push(Unit { job, old, conflicts, ahead });
        }
        Ok(())
    }

    fn done(&mut self, job: usize) {
        self.conflicts.remove(&job);
        let cost = self.begun.remove(&job).unwrap_or_default();
        self.held = self.held.saturating_sub(cost);
        let group = job / self.group;
        if let Some(left) = self.left.get_mut(&group) {
            *left -= 1;
            if *left == 0 {
                self.left.remove(&group);
                self.ended.push(group);
            }
        }
    }

    /// Waits for what is in flight, and begins nothing more: see [`Changes::finish`].
    pub(super) fn finish(
        &mut self,
        check: impl Fn() -> Result<()>,
    ) -> (BTreeSet<String>, Option<Error>) {
        self.changes.finish(PATIENCE, check)
    }
}
