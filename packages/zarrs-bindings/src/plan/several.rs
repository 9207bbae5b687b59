//! The union of several plans over one grid: each touched cell once, with the parts of all plans.

use super::{AxisPart, ChunkPart, Dims, Plan};
use crate::errors::Result;
use crate::memory::reserve::room;

const WHAT: &str = "the plan of several selections";

/// Several selections of one array, in the order given. A later one is written after earlier ones.
#[derive(Debug)]
pub(crate) struct Several {
    selections: Vec<Plan>,
    /// Cell by cell; in one cell by selection.
    parts: Vec<Place>,
    /// End of the parts of each cell.
    ends: Vec<usize>,
}

/// One part of one of the plans.
#[derive(Clone, Copy, Debug)]
struct Place {
    selection: usize,
    job: usize,
}

impl Several {
    /// Joins plans.
    pub(crate) fn new(selections: Vec<Plan>) -> Result<Self> {
        let total = selections.iter().map(Plan::len).sum();
        let mut found: Vec<(Dims<u64>, Place)> = room(total, WHAT)?;
        for (selection, plan) in selections.iter().enumerate() {
            found.extend((0..plan.len()).map(|job| {
                let cell: Dims<u64> = plan.part(job).cell().collect();
                (cell, Place { selection, job })
            }));
        }
        if !found.is_sorted_by(|(a, _), (b, _)| a <= b) {
            found.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let (mut parts, mut ends): (Vec<Place>, Vec<usize>) = (room(total, WHAT)?, Vec::new());
        for (number, (cell, place)) in found.iter().enumerate() {
            if number > 0 && *cell != found[number - 1].0 {
                ends.push(number);
            }
            parts.push(*place);
        }
        if total > 0 {
            ends.push(total);
        }
        Ok(Self { selections, parts, ends })
    }

    /// Divides the parts of one cell among subcells of `extents`. They are numbered in their order.
    pub(super) fn within(part: &ChunkPart<'_>, extents: &[u64]) -> Result<Self> {
        let parts = part.several.iter();
        Self::new(parts.map(|(part, _)| Plan::within(part, extents)).collect::<Result<_>>()?)
    }

    /// Number of touched cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Number of selected elements.
    pub(super) fn elements(&self) -> u64 {
        self.selections.iter().fold(0, |n, plan| n.saturating_add(plan.elements()))
    }

    /// The numbers of the selections of which `any` holds for some part.
    pub(crate) fn selections(&self, any: impl Fn(&ChunkPart<'_>) -> bool) -> Vec<usize> {
        let holds = |plan: &Plan| (0..plan.len()).any(|job| any(&plan.part(job)));
        let all = self.selections.iter().enumerate();
        all.filter(|(_, plan)| holds(plan)).map(|(number, _)| number).collect()
    }

    /// The parts of the `number`-th touched cell.
    pub(super) fn part(&self, number: usize) -> ChunkPart<'_> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let several: Vec<_> = self.parts[start..self.ends[number]]
            .iter()
            .map(|place| (self.selections[place.selection].part(place.job), place.selection))
            .collect();
        let cell = several.first().map(|(part, _)| part.cell().collect());
        let cell: Dims<u64> = cell.unwrap_or_default();
        ChunkPart { axes: cell.into_iter().map(AxisPart::only).collect(), group: None, several }
    }
}

#[cfg(test)]
mod tests {
    use super::Several;
    use crate::plan::axis::Span;
    use crate::plan::{Axis, Dims, Plan};

    fn selection(start: u64, count: u64) -> Plan {
        let span = Axis::Span(Span { start, step: 1, count, extent: 4 });
        Plan::new(Dims::from_elem(span, 1)).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// Catches a cell that occurs twice, or parts that are lost or change their order.
    #[test]
    fn each_cell_occurs_once_with_the_parts_of_all_selections() {
        let all = vec![selection(6, 4), selection(0, 3), selection(7, 1), selection(3, 0)];
        let several = Several::new(all).unwrap_or_else(|error| unreachable!("{error}"));
        let found: Vec<_> = (0..several.len())
            .map(|number| {
                let part = several.part(number);
                let inside =
                    part.several.iter().map(|(part, _)| (part.axes[0].from, part.axes[0].count));
                (part.cell().collect::<Vec<_>>(), inside.collect::<Vec<_>>())
            })
            .collect();
        let expected = [(vec![0], vec![(0, 3)]), (vec![1], vec![(2, 2), (3, 1)])];
        assert_eq!(found, [&expected[..], &[(vec![2], vec![(0, 2)])]].concat());
        assert_eq!(several.elements(), 8);
    }

    /// Catches subcells that are counted from the start of the array.
    #[test]
    fn parts_of_a_cell_are_divided_among_its_subcells() {
        let all = vec![selection(6, 4), selection(4, 2)];
        let several = Several::new(all).unwrap_or_else(|error| unreachable!("{error}"));
        let within = Several::within(&several.part(0), &[2]);
        let within = within.unwrap_or_else(|error| unreachable!("{error}"));
        let cells: Vec<_> = (0..within.len())
            .map(|number| within.part(number).cell().collect::<Vec<_>>())
            .collect();
        assert_eq!(cells, [[0], [1]]);
        assert_eq!(within.elements(), 4);
    }
}
