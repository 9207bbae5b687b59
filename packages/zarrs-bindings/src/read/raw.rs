//! Reads parts of a file whose bytes are elements, in the cheapest number of pieces.

#![expect(unsafe_code, reason = "the system reads into the caller's array")]

use std::borrow::Cow;
use std::cmp::Reverse;
use std::iter::once;
use std::slice;

use crate::codec::part::Part;
use crate::codec::transfer::Transfer;
use crate::elements::gather::{Loop, Walk, each};
use crate::errors::Result;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::{Dims, Run};
use crate::store::local::{LocalFile, read_all};

/// What a selection takes of a chunk whose stored bytes are its elements.
struct Raw<'a> {
    part: &'a Part<'a>,
    file: &'a LocalFile,
    key: &'a [u8],
    at: u64,
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

/// The items of a list or a stride that are read piece by piece, and the loops inside each.
struct Row<'a, 'b> {
    last: &'b Loop<'a>,
    inner: &'b [Loop<'a>],
    alone: &'b Walk<'a>,
    /// Bytes from the start of an item to its end, and the offset of its first element.
    each: usize,
    low: isize,
}

/// Reads the parts of a chunk that starts at byte number `at` of a file: one by one, or all bytes
/// from the first to the last if that is cheaper.
pub(super) fn read(
    transfer: &Transfer<'_>,
    (file, key, at): (&LocalFile, &[u8], u64),
    opts: &Opts,
) -> Result<()> {
    let parts = transfer.parts();
    if parts.len() > 1 {
        let (low, span) = transfer.reach();
        let costs =
            parts.iter().map(|part| (part.reach().1 as u64).saturating_add(file.read_cost()));
        if span as u64 <= costs.fold(0, u64::saturating_add) {
            let mut scratch = Scratch::take();
            let stored = read_all(file, key, at + low as u64, span as u64, &mut scratch, opts)?;
            transfer.scatter(stored, low);
            return Ok(());
        }
    }
    parts.iter().try_for_each(|part| Raw { part, file, key, at }.read(opts))
}

impl Raw<'_> {
    /// Reads directly into the array if a piece is one run.
    fn read(&self, opts: &Opts) -> Result<()> {
        if self.part.is_run() {
            return self.read_run(0, self.part.array, self.part.chain.size as usize);
        }
        let axes: Dims<Loop<'_>> =
            self.part.loops().filter(|l| l.count > 1 || l.is_list()).collect();
        if axes.is_empty() {
            return self.read_run(self.part.base(), self.part.array, self.part.chain.item);
        }
        if self.is_dense(&axes) {
            return self.read_whole(opts);
        }
        let read_cost = self.file.read_cost();
        let ordered: Dims<Cow<'_, [Run]>> = axes.iter().map(|l| ordered(l, read_cost)).collect();
        let mut axes: Dims<Loop<'_>> = axes
            .iter()
            .zip(&ordered)
            .map(
                |(l, runs)| {
                    if l.is_list() { Loop::listed(runs, l.count, l.from, l.to) } else { *l }
                },
            )
            .collect();
        // Outermost axis in stored order first.
        axes.sort_by_key(|l| Reverse(l.from));
        let (outer, inner) = axes.split_at(self.cheapest(&axes));
        let Some((last, rows)) = outer.split_last() else {
            return self.read_whole(opts);
        };
        self.read_pieces(rows, last, inner, opts)
    }

    /// Whether there are so many unsorted runs that reading everything is cheaper than pieces.
    fn is_dense(&self, axes: &[Loop<'_>]) -> bool {
        axes.iter().any(|l| {
            let runs = l.runs.len() as u64;
            runs.saturating_mul(self.file.read_cost()) > self.part.chain.size.saturating_mul(4)
                && !l.runs.is_sorted_by_key(|run| run.inside)
        })
    }

    /// Reads bytes of the chunk, one run of the part's elements, directly into the array.
    fn read_run(&self, from: isize, to: *mut u8, bytes: usize) -> Result<()> {
        // SAFETY: the run is inside the array, and no other job touches it.
        let memory = unsafe { slice::from_raw_parts_mut(to.cast(), bytes) };
        self.file.read(self.key, self.at + from as u64, memory)
    }

    fn read_whole(&self, opts: &Opts) -> Result<()> {
        let (low, span) = self.part.reach();
        let walk = Walk::new(self.part.chain.item, self.part.loops());
        let at = self.at + low as u64;
        let from = self.part.base() - low as isize;
        let piece = Piece { at, span, walk: &walk, from, to: self.part.array };
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
        let item = self.part.chain.item;
        let alone = Walk::new(item, inner.iter().copied());
        let row = Row { last, inner, alone: &alone, each: span(inner, item), low: low(inner) };
        let (mut scratch, mut done) = (Scratch::take(), Ok(()));
        each(rows, (self.part.base(), 0), &mut |from, to| {
            if done.is_ok() {
                done = self.read_row(&row, from, to, &mut scratch, opts);
            }
        });
        done
    }

    fn read_row(
        &self,
        row: &Row<'_, '_>,
        from: isize,
        to: isize,
        scratch: &mut Vec<u8>,
        opts: &Opts,
    ) -> Result<()> {
        let Row { last, inner, alone, each, low } = *row;
        let start = |a: isize| self.at + (from + a + low) as u64;
        let to = |b: isize| self.part.array.wrapping_offset(to + b);
        if !last.is_list() {
            return (0..last.count as isize).try_for_each(|i| {
                let (at, to) = (start(i * last.from), to(i * last.to));
                let piece = Piece { at, span: each, walk: alone, from: -low, to };
                self.read_piece(&piece, scratch, opts)
            });
        }
        let mut first = 0;
        while first < last.runs.len() {
            let (end, high) = cluster(last, first, each, self.file.read_cost());
            let runs = &last.runs[first..end];
            let count = runs.iter().map(|run| run.count() as usize).sum();
            let several = Loop::listed(runs, count, last.from, last.to);
            let walk = Walk::new(self.part.chain.item, once(several).chain(inner.iter().copied()));
            let a = runs[0].inside * last.from;
            let span = (high - a) as usize + each;
            let piece = Piece { at: start(a), span, walk: &walk, from: -a - low, to: to(0) };
            self.read_piece(&piece, scratch, opts)?;
            first = end;
        }
        Ok(())
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
        let (item, read_cost) = (self.part.chain.item, self.file.read_cost());
        let mut best = (span(axes, item) as u64 + read_cost, 0);
        let mut rows = 1_u64;
        for (level, last) in axes.iter().enumerate() {
            let each = span(&axes[level + 1..], item);
            best = best.min((rows.saturating_mul(cost(last, each, read_cost)), level + 1));
            rows = rows.saturating_mul(last.count as u64);
        }
        best.1
    }
}

/// The runs of a list in file order. Items that are too far apart to be read together are runs of
/// their own.
fn ordered<'a>(l: &Loop<'a>, read_cost: u64) -> Cow<'a, [Run]> {
    let mut runs = Cow::Borrowed(l.runs);
    if l.from > read_cost as isize && l.runs.len() < l.count {
        let items = |run: &Run| {
            let run = *run;
            (0..run.count()).map(move |i| Run::new(run.inside + i, run.at() + i, 1))
        };
        runs = Cow::Owned(l.runs.iter().flat_map(items).collect());
    }
    if !runs.is_sorted_by_key(|run| run.inside) {
        runs.to_mut().sort_unstable_by_key(|run| run.inside);
    }
    runs
}

/// End of the runs that are read together with the `first`, because each gap is cheaper to read
/// than to skip, and the offset of the last item.
fn cluster(l: &Loop<'_>, first: usize, each: usize, read_cost: u64) -> (usize, isize) {
    let high = |run: &Run| (run.end() - 1) * l.from;
    let (mut end, mut last) = (first + 1, high(&l.runs[first]));
    while let Some(run) = l.runs.get(end)
        && run.inside * l.from - last - each as isize <= read_cost as isize
    {
        last = last.max(high(run));
        end += 1;
    }
    (end, last)
}

/// The cost of reading all items of a loop, of `each` bytes.
fn cost(l: &Loop<'_>, each: usize, read_cost: u64) -> u64 {
    if !l.is_list() {
        return (l.count as u64).saturating_mul((each as u64).saturating_add(read_cost));
    }
    let (mut first, mut sum) = (0, 0_u64);
    while first < l.runs.len() {
        let (end, last) = cluster(l, first, each, read_cost);
        let bytes = last - l.runs[first].inside * l.from;
        sum = sum.saturating_add(bytes as u64 + each as u64 + read_cost);
        first = end;
    }
    sum
}

/// Bytes from the start of the first element to the end of the last.
fn span(axes: &[Loop<'_>], item: usize) -> usize {
    let last: isize = axes.iter().map(|l| l.ends().1 - l.ends().0).sum();
    last as usize + item
}

/// Offset of the first element.
fn low(axes: &[Loop<'_>]) -> isize {
    axes.iter().map(|l| l.ends().0).sum()
}
