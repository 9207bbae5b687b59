//! Reads chunks of a store over the network.

use std::sync::Arc;

use bytes::Bytes;
use pyo3::prelude::*;

use crate::call::Call;
use crate::errors::{Error, Result};
use crate::read::load::Piece;
use crate::remote::client::{Client, Remote};
use crate::remote::feed::Ask;
use crate::remote::get::Answer;
use crate::remote::overlap::{Requests, Step, run};
use crate::remote::shards::Shards;

/// Reads all parts of a call.
pub(crate) fn read(py: Python<'_>, remote: &Remote, call: &Call<'_>) -> Result<()> {
    let client: Arc<Client> = remote.client()?;
    py.detach(|| match call.shard() {
        Some(shard) => run(&client, &Shards::new(call, shard), call.limits()),
        None => run(&client, &Chunks(call), call.limits()),
    })
}

/// The unsharded chunks of a call: one request for each.
struct Chunks<'a>(&'a Call<'a>);

impl Requests for Chunks<'_> {
    type Tag = usize;
    type Unit = (usize, Bytes);

    fn len(&self) -> usize {
        self.0.plan.len()
    }

    fn first(&self, number: usize) -> Result<Ask<usize>> {
        let key = self.0.key(&self.0.plan.part(number)).name();
        Ok(Ask::whole(number, key, self.0.entry.info.chain.size, self.0.opts.budget))
    }

    fn answered(&self, number: usize, answer: &Answer) -> Result<Step<usize, Self::Unit>> {
        match answer {
            Answer::Value(value) => {
                let units = vec![(number, value.bytes.clone())];
                Ok(Step { units, asks: Vec::new() })
            }
            Answer::Missing => {
                self.0.missing(&self.0.plan.part(number))?;
                Ok(Step::NOTHING)
            }
            Answer::Changed => Err(Error::damaged("the server does not send it whole")
                .at(|| self.0.key(&self.0.plan.part(number)).name())),
        }
    }

    fn load(&self, (number, bytes): &Self::Unit) -> Result<()> {
        let part = self.0.plan.part(*number);
        self.0
            .transfer(&*self.0.chain(&part)?, &part)?
            .load(&Piece::Bytes(bytes), &self.0.opts)
            .map_err(|error| error.at(|| self.0.key(&part).name()))
    }

    fn work(&self, units: usize) -> u64 {
        self.0.work(&self.0.entry.info.chain, units)
    }
}
