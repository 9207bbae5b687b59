//! One numbering for the jobs of several groups, such as the subchunks of several shards.

/// Numbers the jobs of several groups consecutively.
pub(crate) struct Flat(Vec<usize>);

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
}
