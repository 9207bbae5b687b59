//! Measures the costs that determine the constants of `tuning.rs`: `./dev bench-costs`.
//!
//! It fails only if something cannot be measured. A person must judge whether a constant fits.

#![expect(unsafe_code, reason = "reads positions by address")]

use std::fs;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use smallvec::smallvec;

use super::{
    ALIGNED_FROM, FILE_COST, INLINE_WORK, JOB_COST, PARTIAL_DECODE, POINTS_PER_JOB, POOLED_FROM,
    READ_COST, WAITING_PER_CORE,
};
use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;
use crate::memory::result::Memory;
use crate::options::Opts;
use crate::plan::{ChunkAxis, Groups, Points};
use crate::store::{local, replace};
use crate::threads::jobs;
use crate::threads::limits::{Limits, Waits};

const ROUNDS: usize = 21;
const LIMITS: Limits<'static> =
    Limits { threads: None, waits: Waits::Never, interrupted: &|| Ok(()) };
const ALONE: Limits<'static> = Limits { threads: Some(1), ..LIMITS };

/// The median time of `work`, which is repeated `times` in each round.
fn median(times: u32, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let start = Instant::now();
        for _ in 0..times {
            work()?;
        }
        rounds.push(start.elapsed() / times);
    }
    // The first round warms up.
    rounds.remove(0);
    rounds.sort_unstable();
    Ok(rounds[ROUNDS / 2])
}

/// A time, and the number of bytes that are decoded in it at `rate` bytes per second.
fn bytes(time: Duration, rate: f64) -> String {
    let (seconds, kib) = (time.as_secs_f64(), time.as_secs_f64() * rate / 1024.0);
    format!("{:8.2} µs = {kib:7.2} KiB", seconds * 1e6)
}

fn show(name: &str, value: impl std::fmt::Display, what: &str, found: &str) {
    println!("{name:17} {value:>9}  {what:58} {found}");
}

/// A folder for the files of a measurement, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let root = std::env::temp_dir().join(format!("costs-{}", std::process::id()));
        fs::create_dir_all(&root).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self(root))
    }

    fn key(&self, name: &str) -> Vec<u8> {
        self.0.join(name).as_os_str().as_encoded_bytes().to_vec()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(Path::new(&self.0)).ok();
    }
}

fn store(key: &[u8], value: &[u8]) -> Result<()> {
    replace::replace(key, |output| output.write(value), &Opts::DEFAULT)
}

/// An array with one chunk of this size, and the chunk.
fn chunk(size: usize, codec: &str) -> Result<(ArrayInfo, Vec<u8>)> {
    let length = size / 4;
    let little = r#"{"name":"bytes","configuration":{"endian":"little"}}"#;
    let text = format!(
        r#"{{"zarr_format":3,"node_type":"array","shape":[{length}],"data_type":"uint32",
        "chunk_grid":{{"name":"regular","configuration":{{"chunk_shape":[{length}]}}}},
        "chunk_key_encoding":{{"name":"default"}},"fill_value":0,"codecs":[{little},{codec}]}}"#
    );
    let info = ArrayInfo::parse(&text)?;
    let noise = |i: u32| i.wrapping_mul(2_654_435_761) >> 26;
    let data: Vec<u8> = (0..length as u32).flat_map(|i| (i / 7 + noise(i)).to_ne_bytes()).collect();
    let stored = info.chain.encode(&data, &Opts::DEFAULT, Vec::new())?.into_owned();
    Ok((info, stored))
}

const ZSTD: &str = r#"{"name":"zstd","configuration":{"level":3,"checksum":false}}"#;
const BLOSC: &str = r#"{"name":"blosc","configuration":{"cname":"lz4","clevel":5,
    "shuffle":"shuffle","typesize":4,"blocksize":0}}"#;

/// The rate that converts times to sizes: bytes per second of blosc with lz4, a fast codec.
fn rate() -> Result<f64> {
    let (info, stored) = chunk(256 << 10, BLOSC)?;
    let mut out = vec![MaybeUninit::new(0_u8); 256 << 10];
    let time = median(50, || info.chain.decode(&stored, &mut out, &Opts::DEFAULT))?;
    let rate = f64::from(256 << 10) / time.as_secs_f64();
    show("", "", "decoding with blosc and lz4, in one thread", &format!("{:8.2} GB/s", rate / 1e9));
    Ok(rate)
}

fn files(folder: &Folder, rate: f64) -> Result<()> {
    let key = folder.key("file");
    store(&key, &vec![7; 1 << 16])?;
    let open = median(500, || local::open_sized(&key, Some(1 << 16), false).map(drop))?;
    show("JOB_COST", JOB_COST, "opening and closing a file", &bytes(open, rate));
    let Some(file) = local::open(&key)? else {
        return Err(Error::Internal("the file is gone".into()));
    };
    let mut into = [MaybeUninit::uninit(); 1 << 10];
    let read = median(500, || file.read(&key, 4096, &mut into))?;
    show("READ_COST", READ_COST, "reading 1 KiB of an open file", &bytes(read, rate));
    let write = median(50, || store(&key, &[7; 1 << 10]))?;
    show("FILE_COST", FILE_COST, "replacing a file of 1 KiB", &bytes(write, rate));
    let waiting = |threads| {
        let limits = Limits { threads: Some(threads), waits: Waits::Mostly, ..LIMITS };
        let keys: Vec<Vec<u8>> = (0..64).map(|i| folder.key(&format!("{i}"))).collect();
        median(1, || jobs::run(64, u64::MAX, limits, |i| store(&keys[i], &[7; 1 << 14])))
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for each in [1, 2, 4, 8] {
        let what = format!("replacing 64 files of 16 KiB, {each} threads per core");
        let found = format!("{:8.1} µs", waiting(cores * each)?.as_secs_f64() * 1e6);
        show("WAITING_PER_CORE", WAITING_PER_CORE, &what, &found);
    }
    Ok(())
}

fn threads() -> Result<()> {
    let size = 16 << 10;
    for (name, codec) in [("zstd", ZSTD), ("blosc", BLOSC)] {
        let (info, stored) = chunk(size, codec)?;
        let decode = |_| {
            let mut out = vec![MaybeUninit::new(0_u8); size];
            info.chain.decode(&stored, &mut out, &Opts::DEFAULT)
        };
        for (jobs, pause) in [4, 12, 48, 192].into_iter().flat_map(|n| [(n, 0), (n, 2)]) {
            let call = |work, limits| {
                after_pause(pause, || jobs::run(jobs, work, limits, decode))
                    .map(|t| t.as_secs_f64())
            };
            let ratio = call(u64::MAX, LIMITS)? / call(0, ALONE)?;
            let size = (jobs * size) >> 10;
            let what =
                format!("decoding {size} KiB of {name} on all cores, {pause} ms after a call");
            show("INLINE_WORK", INLINE_WORK, &what, &format!("{ratio:8.2} times"));
        }
    }
    Ok(())
}

/// The median time of a call that follows a pause, in which the threads of the pool may fall asleep.
fn after_pause(millis: u64, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut rounds = Vec::new();
    for _ in 0..5 * ROUNDS {
        std::thread::sleep(Duration::from_millis(millis));
        let start = Instant::now();
        work()?;
        rounds.push(start.elapsed());
    }
    rounds.sort_unstable();
    Ok(rounds[rounds.len() / 2])
}

fn points(rate: f64) -> Result<()> {
    let count = POINTS_PER_JOB;
    let list: Vec<i64> = (0..count as i64).collect();
    let time = median(1, || {
        // SAFETY: the list outlives the points.
        let positions = unsafe { Positions::new(list.as_ptr().cast(), 8, count) };
        let points = Points::new(smallvec![positions], count)?;
        let chunks = [ChunkAxis::Even(1000)];
        Groups::new(&points, &[count as u64], &chunks, ALONE).map(|groups| drop(black_box(groups)))
    })?;
    let what = "finding the chunks of this many points, in order";
    show("POINTS_PER_JOB", count, what, &bytes(time, rate));
    Ok(())
}

fn parts() -> Result<()> {
    for (name, codec) in [("zstd", ZSTD), ("blosc", BLOSC)] {
        for size in [64_usize << 10, 256 << 10, 1 << 20] {
            let (info, stored) = chunk(size, codec)?;
            let mut out = vec![MaybeUninit::new(0_u8); size];
            let all = median(5, || info.chain.decode(&stored, &mut out, &Opts::DEFAULT))?;
            let mut some = Vec::new();
            let part =
                median(5, || info.chain.decode_part(&stored, size / 8, &mut some, 4).map(|_| ()))?;
            let what =
                format!("one element of {} KiB with {name}, as part of the chunk", size >> 10);
            let ratio = part.div_duration_f64(all);
            show("PARTIAL_DECODE", PARTIAL_DECODE, &what, &format!("{ratio:8.2} times"));
        }
    }
    Ok(())
}

fn memory() -> Result<()> {
    let source = vec![1_u8; (16 << 10) + 128];
    for size in [512_usize, 2 << 10, 16 << 10] {
        let mut target = vec![0_u8; size + 128];
        let shift = target.as_ptr().align_offset(64);
        let mut copy = |at: usize| {
            median(2000, || {
                black_box(&mut target)[at..at + size].copy_from_slice(&source[..size]);
                Ok(())
            })
        };
        let ratio = copy(shift + 8)?.div_duration_f64(copy(shift)?);
        let what = format!("copying {size} bytes to a multiple of 8 instead of 64");
        show("ALIGNED_FROM", ALIGNED_FROM, &what, &format!("{ratio:8.2} times"));
    }
    for size in [POOLED_FROM / 2, POOLED_FROM, 8 * POOLED_FROM] {
        let take = |keep| {
            median(3, || {
                let memory =
                    Memory::new(size, keep).ok_or_else(|| Error::Internal("no memory".into()))?;
                // SAFETY: the memory has this size.
                unsafe { memory.start().write_bytes(1, size) };
                Ok(())
            })
        };
        let ratio = take(u64::MAX)?.div_duration_f64(take(0)?);
        let what = format!("filling {} MiB of reused instead of new memory", size >> 20);
        show("POOLED_FROM", POOLED_FROM, &what, &format!("{ratio:8.2} times"));
    }
    Ok(())
}

#[test]
#[ignore = "measures, and judges nothing"]
fn costs() {
    let all = || -> Result<()> {
        let (folder, rate) = (Folder::new()?, rate()?);
        files(&folder, rate)?;
        threads()?;
        points(rate)?;
        parts()?;
        memory()
    };
    assert!(all().is_ok());
}
