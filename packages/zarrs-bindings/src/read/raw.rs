//! Reads parts of a file whose bytes are elements, in the cheapest number of pieces.

#![expect(unsafe_code, reason = "the system reads into the caller's array")]

use std::borrow::Cow;
use std::cmp::Reverse;
use std::iter::once;
use std::slice;

use crate::codec::transfer::Transfer;
use crate::elements::gather::{Loop, Walk};
use crate::errors::Result;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::{Dims, Pick};
use crate::store::local::{LocalFile, read_all};
use crate::tuning::READ_COST;

/// A chunk whose stored bytes are its elements.
pub(crate) struct Raw<'a> {
    pub(crate) transfer: &'a Transfer<'a>,
    pub(crate) file: &'a LocalFile,
    pub(crate) key: &'a [u8],
    pub(crate) at: u64,
}

/// A piece of the file, and the elements to copy from it.
struct Piece<'a, 'b> {
    at: u64,
    span: usize,
    walk: &'b Walk<'a>,
    /// The origins of the walk: in the piece, and in the array.
    from: isize,
    to: *mut u8,
}

impl Raw<'_> {
    /// Reads directly into the array if a piece is one run.
    pub(crate) fn read(&self, opts: &Opts) -> Result<()> {
        if self.transfer.is_run() {
            return self.read_run(0, self.transfer.array, self.transfer.chain.size as usize);
        }
        let axes: Dims<Loop<'_>> =
            self.transfer.loops().filter(|l| l.count > 1 || l.is_list()).collect();
        if axes.is_empty() {
            return self.read_run(
                self.transfer.base(),
                self.transfer.array,
                self.transfer.chain.item,
            );
        }
        if self.is_dense(&axes) {
            return self.read_whole(opts);
        }
        let ordered: Dims<Cow<'_, [Pick]>> = axes.iter().map(|l| ordered(l.picks)).collect();
        let mut axes: Dims<Loop<'_>> = axes
            .iter()
            .zip(&ordered)
            .map(|(l, picks)| if l.is_list() { Loop::picked(picks, l.from, l.to) } else { *l })
            .collect();
        // Outermost axis in stored order first.
        axes.sort_by_key(|l| Reverse(l.from));
        let (outer, inner) = axes.split_at(self.cheapest(&axes));
        let Some((last, rows)) = outer.split_last() else {
            return self.read_whole(opts);
        };
        self.read_pieces(rows, last, inner, opts)
    }

    /// Whether there are so many unsorted points that reading everything is cheaper than pieces.
    fn is_dense(&self, axes: &[Loop<'_>]) -> bool {
        axes.iter().any(|l| {
            (l.count as u64).saturating_mul(READ_COST) > self.transfer.chain.size.saturating_mul(4)
                && !l.picks.is_sorted_by_key(|pick| pick.inside)
        })
    }

    /// Reads bytes of the chunk, one run of the part's elements, directly into the array.
    fn read_run(&self, from: isize, to: *mut u8, bytes: usize) -> Result<()> {
        // SAFETY: the run is inside the array, and no other job touches it.
        let memory = unsafe { slice::from_raw_parts_mut(to.cast(), bytes) };
        self.file.read(self.key, self.at + from as u64, memory)
    }

    fn read_whole(&self, opts: &Opts) -> Result<()> {
        let (low, span) = self.transfer.reach();
        let walk = Walk::new(self.transfer.chain.item, self.transfer.loops());
        let at = self.at + low as u64;
        let from = self.transfer.base() - low as isize;
        let piece = Piece { at, span, walk: &walk, from, to: self.transfer.array };
        self.read_piece(&piece, &mut Scratch::take(), opts)
    }

    /// Reads each item of the outer axes separately, but joins neighbors on the `last` of them.
    fn read_pieces(
        &self,
        rows: &[Loop<'_>],
        last: &Loop<'_>,
        inner: &[Loop<'_>],
        opts: &Opts,
    ) -> Result<()> {
        let item = self.transfer.chain.item;
        let alone = Walk::new(item, inner.iter().copied());
        let (each, low) = (span(inner, item), low(inner));
        let mut scratch = Scratch::take();
        let mut at: Dims<usize> = rows.iter().map(|_| 0).collect();
        loop {
            let places = rows.iter().zip(&at).map(|(l, i)| l.place(*i));
            let (from, to) =
                places.fold((self.transfer.base(), 0), |(a, b), (c, d)| (a + c, b + d));
            let mut first = 0;
            while first < last.count {
                let end = cluster(last, first, each);
                let (a, b) = last.place(first);
                let start = self.at + (from + a + low) as u64;
                if end == first + 1 {
                    let to = self.transfer.array.wrapping_offset(to + b);
                    let piece = Piece { at: start, span: each, walk: &alone, from: -low, to };
                    self.read_piece(&piece, &mut scratch, opts)?;
                } else {
                    let several = Loop::picked(&last.picks[first..end], last.from, last.to);
                    let walk = Walk::new(item, once(several).chain(inner.iter().copied()));
                    let span = (last.place(end - 1).0 - a) as usize + each;
                    let to = self.transfer.array.wrapping_offset(to);
                    let piece = Piece { at: start, span, walk: &walk, from: -a - low, to };
                    self.read_piece(&piece, &mut scratch, opts)?;
                }
                first = end;
            }
            if !advance(&mut at, rows) {
                return Ok(());
            }
        }
    }

    fn read_piece(&self, piece: &Piece<'_, '_>, scratch: &mut Vec<u8>, opts: &Opts) -> Result<()> {
        if let Some((at, bytes)) = piece.walk.run()
            && bytes == piece.span
        {
            let from = piece.at as isize - self.at as isize;
            return self.read_run(from, piece.to.wrapping_offset(at), bytes);
        }
        let data = read_all(self.file, self.key, piece.at, piece.span as u64, scratch, opts)?;
        // SAFETY: the walk spans the bytes just read, and its elements are inside the array.
        unsafe { piece.walk.copy(data.as_ptr().wrapping_offset(piece.from), piece.to) };
        Ok(())
    }

    /// Number of outer axes to read piece by piece.
    fn cheapest(&self, axes: &[Loop<'_>]) -> usize {
        let item = self.transfer.chain.item;
        let mut best = (span(axes, item) as u64 + READ_COST, 0);
        let mut rows = 1_u64;
        for (level, last) in axes.iter().enumerate() {
            let each = span(&axes[level + 1..], item);
            best = best.min((rows.saturating_mul(cost(last, each)), level + 1));
            rows = rows.saturating_mul(last.count as u64);
        }
        best.1
    }
}

/// The picks in file order.
fn ordered(picks: &[Pick]) -> Cow<'_, [Pick]> {
    let mut picks = Cow::Borrowed(picks);
    if !picks.is_sorted_by_key(|pick| pick.inside) {
        picks.to_mut().sort_unstable_by_key(|pick| pick.inside);
    }
    picks
}

/// End of the items that are read together with the `first`: list items, as long as a gap is
/// cheaper to read than to skip.
fn cluster(l: &Loop<'_>, first: usize, each: usize) -> usize {
    let near = |two: &[Pick]| {
        let gap = (two[1].inside - two[0].inside) * l.from - each as isize;
        gap <= READ_COST as isize
    };
    let rest = l.picks.get(first..).unwrap_or_default();
    first + 1 + rest.windows(2).take_while(|two| near(two)).count()
}

/// The cost of reading all items of a loop, of `each` bytes.
fn cost(l: &Loop<'_>, each: usize) -> u64 {
    if !l.is_list() {
        return (l.count as u64).saturating_mul((each as u64).saturating_add(READ_COST));
    }
    let (mut first, mut sum) = (0, 0_u64);
    while first < l.count {
        let end = cluster(l, first, each);
        let bytes = l.place(end - 1).0 - l.place(first).0;
        sum = sum.saturating_add(bytes as u64 + each as u64 + READ_COST);
        first = end;
    }
    sum
}

/// Bytes from the start of the first element to the end of the last. Lists must be in order.
fn span(axes: &[Loop<'_>], item: usize) -> usize {
    let last: isize = axes.iter().map(|l| l.place(l.count - 1).0 - l.place(0).0).sum();
    last as usize + item
}

/// Offset of the first element.
fn low(axes: &[Loop<'_>]) -> isize {
    axes.iter().map(|l| l.place(0).0).sum()
}

fn advance(at: &mut [usize], axes: &[Loop<'_>]) -> bool {
    for (i, l) in at.iter_mut().zip(axes).rev() {
        *i += 1;
        if *i < l.count {
            return true;
        }
        *i = 0;
    }
    false
}
