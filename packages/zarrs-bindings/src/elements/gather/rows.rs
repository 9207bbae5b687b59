//! A copy whose source arrives piece by piece, from its first byte on.

use super::Walk;
use crate::plan::Dims;

/// Shorter rows are collected first: a copy of each piece would cost more than a second copy of all.
const ROW: usize = 256;

/// Runs of bytes, in the order of the source.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// Length of a row.
    unit: usize,
    count: usize,
    /// Source and destination offset of the first row.
    base: (usize, isize),
    /// Number of items, and their distance in the source and in the destination; the outermost first.
    loops: Dims<(usize, usize, isize)>,
}

impl Rows {
    /// The rows of a walk whose source begins at `base`; `None` if they are short, or not all in the
    /// order of the source.
    pub(crate) fn new(walk: &Walk<'_>, base: isize) -> Option<Self> {
        if walk.empty || walk.unit < ROW {
            return None;
        }
        let start = usize::try_from(base + walk.base.0).ok()?;
        let (mut loops, mut length, mut count) = (Dims::new(), walk.unit, 1_usize);
        for inner in walk.loops.iter().rev() {
            let from = usize::try_from(inner.from).ok()?;
            if inner.is_list() || from < length {
                return None;
            }
            length = from.checked_mul(inner.count - 1)?.checked_add(length)?;
            count = count.checked_mul(inner.count)?;
            loops.push((inner.count, from, inner.to));
        }
        loops.reverse();
        Some(Self { unit: walk.unit, count, base: (start, walk.base.1), loops })
    }

    /// Source and destination offset of a row.
    fn row(&self, number: usize) -> (usize, isize) {
        let (mut rest, mut row) = (number, self.base);
        for (count, from, to) in self.loops.iter().rev() {
            let place = rest % count;
            rest /= count;
            row = (row.0 + place * from, row.1 + place as isize * to);
        }
        row
    }

    /// The first source byte of all rows, and the end of the last.
    pub(crate) fn span(&self) -> (usize, usize) {
        (self.row(0).0, self.row(self.count - 1).0 + self.unit)
    }

    /// Calls `visit` with what a piece has of the rows: offsets in the piece and in the destination,
    /// and the length. The piece starts at byte number `at` of the source, behind all before it.
    /// `next` is the number of the first row of which anything is missing.
    pub(crate) fn each(
        &self,
        next: &mut usize,
        (at, length): (usize, usize),
        mut visit: impl FnMut(usize, isize, usize),
    ) {
        while *next < self.count {
            let (start, to) = self.row(*next);
            let (low, high) = (start.max(at), (start + self.unit).min(at + length));
            if low < high {
                visit(low - at, to + (low - start) as isize, high - low);
            }
            if at + length < start + self.unit {
                break;
            }
            *next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ROW, Rows, Walk};
    use crate::elements::gather::Loop;

    fn rows(loops: &[(usize, isize, isize)]) -> Option<Rows> {
        let loops = loops.iter().map(|(count, from, to)| Loop::strided(*count, *from, *to));
        Rows::new(&Walk::new(1, loops), 3)
    }

    /// Catches bytes at another place than a copy of all brings them to, wherever the pieces end.
    #[test]
    fn pieces_come_to_the_places_of_the_whole() {
        let (unit, far) = (ROW as isize, 10 * ROW as isize);
        let cases = [
            vec![(ROW, 1, 1)],
            vec![(2, 3 * unit, far), (2, unit, 2 * unit), (ROW, 1, 1)],
            vec![(2, far, 7 * unit), (3, 2 * unit + 1, unit), (ROW, 1, 1)],
        ];
        let source: Vec<u8> = (0..16 * ROW).map(|number| (number % 251) as u8).collect();
        for case in cases {
            let Some(rows) = rows(&case) else { unreachable!("{case:?}") };
            let copied = |pieces: usize| {
                let (mut out, mut next, mut at) = (vec![0; 16 * ROW], 0, 0);
                for piece in source.chunks(pieces) {
                    rows.each(&mut next, (at, piece.len()), |from, to, length| {
                        let to = to as usize;
                        out[to..to + length].copy_from_slice(&piece[from..from + length]);
                    });
                    at += piece.len();
                }
                out
            };
            let expected = copied(source.len());
            let first: Vec<_> = expected[..ROW].to_vec();
            assert_eq!(first, source[3..3 + ROW], "{case:?}");
            for pieces in [1, 7, ROW, ROW + 1, 1000] {
                assert!(copied(pieces) == expected, "{case:?}, {pieces}");
            }
            let (low, high) = rows.span();
            assert!(low == 3 && high <= source.len(), "{case:?}");
        }
    }

    /// Catches short rows, and a source that would have to arrive in another order.
    #[test]
    fn only_long_rows_in_order_are_taken() {
        let unit = ROW as isize;
        assert!(rows(&[(ROW - 1, 1, 1)]).is_none());
        assert!(rows(&[(2, -unit, unit), (ROW, 1, 1)]).is_none());
        assert!(rows(&[(2, unit, 2 * unit), (2, 2 * unit, unit), (ROW, 1, 1)]).is_none());
        assert!(rows(&[(2, unit, 0), (0, 1, 1)]).is_none());
    }
}
