//! Reads shards of a Python store, each as soon as its parts have arrived.

use std::slice::from_ref;

use crate::bridge::cached::{Caching, Jobs};
use crate::bridge::overlap::{Reads, Step};
use crate::bridge::ranges::{Found, Wanted};
use crate::bridge::shards::{is_doubtful, locate};
use crate::bridge::store::{Parts, Request, Use};
use crate::bridge::values::Values;
use crate::call::Call;
use crate::codec::shard::Shard;
use crate::errors::Result;
use crate::threads::limits::Limits;

/// Shards of a call.
pub(super) struct ShardReads<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) shard: &'a Shard,
    pub(super) values: Values,
    pub(super) caching: Caching,
    pub(super) jobs: &'a Jobs,
}

/// A shard of which some requests are in flight.
pub(super) struct State<'a> {
    wanted: Wanted<'a>,
    asked: Asked,
    head: Parts,
    found: Option<Found>,
    bodies: Parts,
}

/// What was requested of a shard.
#[derive(Clone, Copy)]
enum Asked {
    Head,
    Bodies,
    /// The index again, to see whether the shard was replaced.
    Again,
}

impl State<'_> {
    fn ask(&mut self, asked: Asked, requests: Vec<Request>, purpose: Use) -> Step {
        self.asked = asked;
        Step::Ask(requests, purpose)
    }

    fn load(&self) -> Step {
        Step::Load(self.found.as_ref().map_or(0, |found| found.places.len()))
    }
}

impl<'a> Reads for ShardReads<'a> {
    type State = State<'a>;

    fn len(&self) -> usize {
        self.jobs.len()
    }

    fn name(&self, job: usize) -> String {
        self.call.key(&self.call.plan.part(job)).name()
    }

    fn limits(&self) -> Limits<'static> {
        self.call.limits()
    }

    fn purpose(&self) -> Use {
        Use::Decoded
    }

    fn begin(&self, place: usize) -> Result<(State<'a>, Vec<Request>, u64)> {
        let (job, values) = (self.jobs.at(place), (self.values, self.caching));
        let wanted = Wanted::new(self.call, self.shard, job, values)?;
        let (requests, bytes) = (vec![wanted.head()], wanted.held(&self.call.opts));
        let [head, bodies] = [Parts::default(), Parts::default()];
        Ok((State { wanted, asked: Asked::Head, head, found: None, bodies }, requests, bytes))
    }

    fn next(&self, state: &mut State<'a>, answers: Parts) -> Result<Step> {
        match state.asked {
            Asked::Head => {
                let (mut found, ranges) =
                    locate(self.call, from_ref(&state.wanted), &answers.values)?;
                (state.head, state.found) = (answers, found.pop());
                if ranges.is_empty() {
                    return Ok(state.load());
                }
                Ok(state.ask(Asked::Bodies, ranges, Use::Decoded))
            }
            Asked::Bodies => {
                state.bodies = answers;
                let found = state.found.as_ref();
                if found.is_some_and(|found| is_doubtful(found, 0, &state.head, &state.bodies)) {
                    let again = vec![state.wanted.head()];
                    return Ok(state.ask(Asked::Again, again, Use::Moved));
                }
                Ok(state.load())
            }
            Asked::Again if answers.bytes(0) != state.head.bytes(0) => {
                // One response holds one value of the shard, so nothing remains to be repeated.
                state.wanted.whole = true;
                let head = vec![state.wanted.head()];
                Ok(state.ask(Asked::Head, head, Use::Decoded))
            }
            Asked::Again => Ok(state.load()),
        }
    }

    fn load(&self, state: &State<'a>, unit: usize) -> Result<()> {
        let Some(found) = &state.found else { return Ok(()) };
        let (head, bodies) = (state.head.values.first(), &state.bodies.values);
        let head = head.and_then(Option::as_ref);
        let loaded = state.wanted.subchunk(self.call, unit, found.places[unit], head, bodies);
        loaded.map_err(|error| error.at(|| state.wanted.name.clone()))
    }

    fn work(&self, units: usize) -> u64 {
        self.call.work(&self.shard.chunk, units)
    }
}
