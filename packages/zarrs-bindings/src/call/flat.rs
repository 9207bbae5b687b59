//! One numbering for the jobs of several groups, such as the subchunks of several shards.

use std::ops::Range;

use smallvec::SmallVec;

/// Numbers the jobs of several groups consecutively.
pub(crate) struct Flat(SmallVec<[usize; 8]>);

impl Flat {
    pub(crate) fn new(lengths: impl Iterator<Item = usize>) -> Self {
        let mut total = 0;
        let ends = lengths.map(|n| {
            total += n;
            total
        });
        Self(ends.collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.last().copied().unwrap_or(0)
    }

    /// The group of a job, and its number in the group.
    pub(crate) fn find(&self, job: usize) -> (usize, usize) {
        let group = self.0.partition_point(|end| *end <= job);
        let before = group.checked_sub(1).map_or(0, |g| self.0[g]);
        (group, job - before)
    }

    /// The groups of consecutive jobs, each with the number of its jobs among them.
    pub(crate) fn counts(&self, jobs: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
        let first = self.0.partition_point(|end| *end <= jobs.start);
        let mut at = jobs.start;
        self.0.iter().enumerate().skip(first).map_while(move |(group, end)| {
            let next = (*end).min(jobs.end);
            let count = next.checked_sub(at).filter(|_| at < jobs.end)?;
            at = next;
            Some((group, count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Flat;

    /// Catches jobs in empty groups, and the wrong group at a boundary.
    #[test]
    fn jobs_of_groups_are_numbered_without_gaps() {
        let flat = Flat::new([2, 0, 3].into_iter());
        let all: Vec<_> = (0..flat.len()).map(|job| flat.find(job)).collect();
        assert_eq!(all, [(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)]);
    }

    /// Catches jobs that are counted for a neighbour, or not at all.
    #[test]
    fn jobs_of_a_range_are_counted_by_group() {
        let flat = Flat::new([2, 0, 3, 1].into_iter());
        let counts = |range| flat.counts(range).filter(|(_, count)| *count > 0).collect::<Vec<_>>();
        assert_eq!(counts(0..6), [(0, 2), (2, 3), (3, 1)]);
        assert_eq!(counts(1..4), [(0, 1), (2, 2)]);
        assert_eq!(counts(2..3), [(2, 1)]);
        assert_eq!(counts(3..3), []);
    }
}
