//! Costs and limits. They change how long a call takes, never its result.
//!
//! A cost is the number of bytes that one could decode instead. `./dev bench-costs` measures what
//! the costs are based on; the figures are from local files in the page cache, with two cores of
//! 2.5 GHz. There, blosc with lz4 decodes 6.2 GB/s.

use std::time::Duration;

#[cfg(test)]
mod costs;

/// Cost of opening a file, or of finding a subchunk. Opening and closing a file takes
/// 0.8 µs, in which blosc decodes 4.6 KiB.
pub(crate) const JOB_COST: u64 = 4 << 10;

/// Cost of an additional read of uncompressed bytes. A `pread` of 1 KiB takes 0.23 µs, and each
/// additional KiB 0.03 µs.
pub(crate) const READ_COST: u64 = 6 << 10;

/// Cost of replacing a file. A file of 1 KiB takes 6.5 µs in memory (tmpfs), in which blosc decodes
/// 38 KiB. On ext4, whose journal is a lock for all threads, it takes 150 µs.
pub(crate) const FILE_COST: u64 = 32 << 10;

/// Work below which waking other threads costs more than it saves. With threads that are awake,
/// 192 KiB take 0.7 (zstd) or 1.0 (blosc) of the time on one thread, and 64 KiB 1.1 or 1.2. If the
/// threads slept for 2 ms, 768 KiB take as long as on one thread.
pub(crate) const INLINE_WORK: u64 = 192 << 10;

/// Threads per core if jobs mostly wait. Overwriting chunks of 16 KiB takes 0.65 of the time of
/// tensorstore, and 1.03 on two threads. If jobs mostly compute, like compressors that fill a
/// core's cache, more threads than cores slow each other down, unless they take turns.
pub(crate) const WAITING_PER_CORE: usize = 4;

/// Largest chunk held by waiting threads, of which there are more than cores. For larger chunks,
/// the waiting time is negligible compared to the write.
pub(crate) const HELD_WAITING: u64 = 8 << 20;

/// Decoded size from which decoding only the wanted part of a chunk is worthwhile. One element of a
/// 1 MiB chunk takes 250 µs with zstd or blosc, and the whole chunk 1100 or 410. In a 64 KiB chunk,
/// one element takes longer than the whole.
pub(crate) const PARTIAL_DECODE: u64 = 256 << 10;

/// Maximum decoded bytes, and maximum keys, held at once for a store that works in batches.
pub(crate) const BATCH_BYTES: u64 = 64 << 20;
pub(crate) const BATCH_KEYS: usize = 1024;

/// Maximum number of files whose keys are locked at once.
pub(crate) const LOCKED_KEYS: usize = 1024;

/// Maximum number of shards whose files are open at once.
pub(crate) const OPEN_SHARDS: usize = 64;

/// Most decoded bytes, and most chunks, of a job that verifies.
pub(crate) const VERIFIED_BYTES: u64 = 256 << 10;
pub(crate) const VERIFIED_CHUNKS: u64 = 32;

/// Number of points per job.
pub(crate) const POINTS_PER_JOB: usize = 1 << 17;

/// How often a calling thread checks for a signal or a cancellation.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// Shortest and longest pause between two attempts to get a lock; each pause is twice as long as
/// the one before.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_micros(10);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// Size from which memory is aligned to cache lines. On some processors, copying more than a few
/// hundred bytes to an address that is not a multiple of 32 takes three times as long.
pub(crate) const ALIGNED_FROM: usize = 2 << 10;

/// Size from which the memory of results is kept for later ones. Below some MiB the C library keeps
/// memory itself, and the gain is not measurable.
pub(crate) const POOLED_FROM: usize = 4 << 20;

/// Size from which the buffer of a value that was sent is kept for later ones: the C library returns
/// such buffers to the system. Writing 64 MiB to S3 takes 0.65 of the processor time without new
/// pages.
#[cfg(feature = "remote")]
pub(crate) const BUFFERED_FROM: usize = 128 << 10;

/// Size of a chunk from which its elements are written while they arrive. Reading 64 MiB in chunks of
/// 1 MiB from a near server takes half of the time, and in chunks of 64 KiB no less: these mostly
/// arrive as one piece, which needs no memory of its own.
#[cfg(feature = "remote")]
pub(crate) const INCOMING_FROM: u64 = 128 << 10;

/// These buffers have one part in so many of the memory that is kept.
pub(crate) const BUFFERS_SHARE: u64 = 4;

/// Largest size, and maximum number, of buffers that a thread keeps between chunks.
pub(crate) const SCRATCH_BYTES: usize = 8 << 20;
pub(crate) const SCRATCH_COUNT: usize = 4;

/// Size from which memory is mapped, and from which lists of bytes are: those hold encoded and decoded
/// chunks. The C library keeps ten times the size of a chunk for each thread that encodes some.
pub(crate) const MAPPED_FROM: usize = SCRATCH_BYTES + 1;
pub(crate) const MAPPED_BYTES: usize = 1 << 20;

/// Bytes to collect before writing them to a file; meanwhile they stay in the cache of a core.
pub(crate) const OUTPUT_BUFFER: usize = 256 << 10;

/// Size from which bytes are written directly.
pub(crate) const OUTPUT_DIRECT: usize = 16 << 10;

/// Size from which the system copies a piece of a file, and how much of it between two looks for
/// signals. A smaller piece is read and written with its neighbors.
pub(crate) const BY_SYSTEM: u64 = 128 << 10;
pub(crate) const COPIED_AT_ONCE: u64 = 16 << 20;

/// Maximum number of files that stay open while others are put together from their pieces.
pub(crate) const OPEN_SOURCES: usize = 16;

/// Maximum number of bytes of a transfer without the page cache.
pub(crate) const DIRECT_BYTES: usize = 4 << 20;

/// Cost of an additional read without the page cache, of uncompressed bytes or of a subchunk. On a
/// disk that reads 1.5 GB/s, one of 4 KiB takes 70 µs.
pub(crate) const DIRECT_READ_COST: u64 = 128 << 10;

/// Maximum number of files without a name that wait to be closed, their maximum size, and the share of
/// them in the descriptors that the process may have.
#[cfg(unix)]
pub(crate) const CLOSED_LATER: usize = 32;
#[cfg(unix)]
pub(crate) const CLOSED_LATER_BYTES: u64 = 4 << 20;
#[cfg(unix)]
pub(crate) const CLOSED_LATER_SHARE: u64 = 32;
