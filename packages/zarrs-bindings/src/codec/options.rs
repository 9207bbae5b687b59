//! What the codecs of `zarrs` are told.

use std::sync::OnceLock;

use zarrs::array::CodecOptions;

use crate::options::Opts;

static OPTIONS: OnceLock<CodecOptions> = OnceLock::new();

/// Options that keep the codecs of `zarrs` on the calling thread. Their default asks rayon for its
/// number of threads, which would start the global pool: it is made inside a pool of its own.
pub(crate) fn codec_options(opts: &Opts) -> CodecOptions {
    OPTIONS
        .get_or_init(|| {
            let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            let base = alone.map_or_else(
                |_| CodecOptions::default(),
                |pool| pool.install(CodecOptions::default),
            );
            base.with_concurrent_target(1).with_chunk_concurrent_minimum(1)
        })
        .with_validate_checksums(opts.validate_checksums)
}
