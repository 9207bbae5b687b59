//! What things cost and how much is held: numbers that were measured or weighed, and that change how
//! long a call takes, and never what it does.
//!
//! Costs are in bytes that could be decoded instead. Measured were local files of ext4 in the page
//! cache, on two cores of 2.5 GHz.

use std::time::Duration;

/// What opening a file, or finding a subchunk, costs. To open and close a file takes 1.2 µs.
pub(crate) const JOB_COST: u64 = 4 << 10;

/// What one more read costs. A `pread` takes 0.25 µs, and 0.03 µs for each KiB.
pub(crate) const READ_COST: u64 = 6 << 10;

/// What replacing a file costs. Creating and renaming a file costs more than opening one.
pub(crate) const FILE_COST: u64 = 32 << 10;

/// What looking at a point costs.
pub(crate) const POINT_COST: u64 = 8;

/// Work below which waking other threads costs more than it saves.
pub(crate) const INLINE_WORK: u64 = 192 << 10;

/// Threads for each core where jobs wait more than they work: overwritten chunks of 16 KiB take 0.65
/// of the time of tensorstore, and 1.03 on two threads. Where they work, as compressors
/// do that fill a core's cache, more threads than cores slow each other down.
pub(crate) const WAITING_PER_CORE: usize = 4;

/// Largest chunk that is held by threads that wait, of which there are more than cores: beside what
/// it takes to write a larger one, waiting is nothing.
pub(crate) const HELD_WAITING: u64 = 8 << 20;

/// Decoded size from which it pays to decode only what is wanted of a chunk. One element of a
/// chunk of 1 MiB takes 250 µs with zstd or blosc, where the whole takes 1100 or 410. In a chunk of
/// 64 KiB it takes longer than the whole.
pub(crate) const PARTIAL_DECODE: u64 = 256 << 10;

/// How many times more unwanted bytes one answer of a store is worth where several have to be asked
/// for twice: of subchunks of one size the index does not tell whether what they hold has changed.
pub(crate) const ALIKE: u64 = 4;

/// Most decoded bytes, and most keys, that are held at once for a store that works in batches.
pub(crate) const BATCH_BYTES: u64 = 64 << 20;
pub(crate) const BATCH_KEYS: usize = 1024;

/// Files whose keys are locked at once.
pub(crate) const LOCKED_KEYS: usize = 1024;

/// Shards whose files are open at once.
pub(crate) const OPEN_SHARDS: usize = 64;

/// Points that one job looks at.
pub(crate) const POINTS_PER_JOB: usize = 1 << 17;

/// How often a calling thread looks for a signal.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// Pauses between two attempts to get what somebody else has: each is twice as long as the one
/// before.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_micros(10);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// Size from which memory is aligned to cache lines. On some processors a copy of more than a few
/// hundred bytes to an address that is no multiple of 32 takes three times as long.
pub(crate) const ALIGNED_FROM: usize = 2 << 10;

/// The size from which the memory of results is kept for later ones. Below some MiB the C library
/// keeps memory itself, and the gain is lost in the noise.
pub(crate) const POOLED_FROM: usize = 4 << 20;

/// Largest buffer, and most of them, that a thread keeps from one chunk to the next.
pub(crate) const SCRATCH_BYTES: usize = 8 << 20;
pub(crate) const SCRATCH_COUNT: usize = 4;

/// Buffers from this size are mapped: none of them is kept by a thread.
pub(crate) const MAPPED_FROM: usize = SCRATCH_BYTES + 1;

/// Bytes that are gathered before they are written to a file: they stay in the cache of a core
/// meanwhile.
pub(crate) const OUTPUT_BUFFER: usize = 256 << 10;

/// Size from which bytes are written without being gathered.
pub(crate) const OUTPUT_DIRECT: usize = 16 << 10;
