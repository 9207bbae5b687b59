//! Options for the codecs of `zarrs`.

use std::sync::OnceLock;

use zarrs::array::CodecOptions;

use crate::options::Opts;

static OPTIONS: OnceLock<CodecOptions> = OnceLock::new();

/// Keeps the codecs of `zarrs` on the calling thread. Their default options query rayon's number of
/// threads, which would start the global pool, so we create them inside a pool of one thread.
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

#[cfg(test)]
mod tests {
    use super::codec_options;
    use crate::options::Opts;

    /// Catches codecs that start their own threads, and a checksum option that the first call sets
    /// for all others.
    #[test]
    fn codecs_stay_on_the_thread_and_obey_each_call() {
        for validate_checksums in [true, false, true] {
            let options = codec_options(&Opts { validate_checksums, ..Opts::DEFAULT });
            assert_eq!(options.validate_checksums(), validate_checksums);
            assert_eq!(options.concurrent_target(), 1);
            assert_eq!(options.chunk_concurrent_minimum(), 1);
        }
    }
}
