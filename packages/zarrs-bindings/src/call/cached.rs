//! Which chunks of a call are cached, and under which key.

use crate::call::Call;
use crate::chunk_cache::{self, Home, Key};
use crate::codec::Chain;
use crate::plan::ChunkPart;

impl Call<'_> {
    /// Whether the call uses cached chunks.
    pub(crate) fn caches(&self) -> bool {
        self.opts.chunk_cache > 0
    }

    /// The cache key of the chunk of a value, or of the subchunk number `place`. `None` if it is not
    /// cached: it would not fit, only Python can decode it, or it refers to the strings of one call.
    pub(crate) fn cache_key(
        &self,
        chain: &Chain,
        part: &ChunkPart<'_>,
        (home, value): (Home, &[u8]),
        place: Option<usize>,
    ) -> Option<Key> {
        if !self.caches() || chain.has_vlen() || chain.calls_python() {
            return None;
        }
        chunk_cache::allow(self.opts.chunk_cache);
        // What the budget refuses is an error, cached or not.
        if !chunk_cache::fits(chain.size) || chain.size > self.opts.budget {
            return None;
        }
        let decoding = self.entry.info.decoding(part.cell());
        Some(Key::new(home, value, place.map(|place| place as u64), decoding))
    }
}
