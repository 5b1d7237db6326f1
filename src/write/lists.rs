//! The lists that a column of lists holds. Few of them differ, so each is held once.

use crate::model::route::NONE;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Lists, row by row: those that differ, and which of them each row has.
#[derive(Debug, Clone)]
pub(crate) struct Lists<T> {
    /// Positions in `distinct`; [`NONE`] for a cell without a list.
    rows: Vec<u32>,
    distinct: Arc<[Arc<[T]>]>,
}

impl<T> Lists<T> {
    /// The lists at these positions of `distinct`; [`NONE`] for a cell without one.
    pub(crate) fn picked(rows: Vec<u32>, distinct: Arc<[Arc<[T]>]>) -> Self {
        Self { rows, distinct }
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The list of a row; `None` where the cell has none.
    pub(crate) fn get(&self, row: usize) -> Option<&[T]> {
        let list = self.distinct.get(*self.rows.get(row)? as usize)?;
        Some(list)
    }

    /// The list of each row.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&[T]>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// A position at which there is no list, although it claims one: a bug.
    pub(super) fn dangling(&self) -> Option<u32> {
        let is_dangling = |id: &&u32| **id != NONE && **id as usize >= self.distinct.len();
        self.rows.iter().find(is_dangling).copied()
    }
}

/// Collects [`Lists`] row by row, each distinct list once.
pub(crate) struct ListsBuilder<T> {
    rows: Vec<u32>,
    positions: FxHashMap<Arc<[T]>, u32>,
    distinct: Vec<Arc<[T]>>,
}

impl<T> Default for ListsBuilder<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            positions: FxHashMap::default(),
            distinct: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> ListsBuilder<T> {
    /// Adds a row with a list.
    pub(crate) fn push(&mut self, list: &[T]) {
        let position = self.position(list);
        self.rows.push(position);
    }

    /// Adds a row without a list.
    pub(crate) fn push_none(&mut self) {
        self.rows.push(NONE);
    }

    /// The position of a list among those that differ; it is added where it is new.
    fn position(&mut self, list: &[T]) -> u32 {
        if let Some(&position) = self.positions.get(list) {
            return position;
        }
        let position = self.distinct.len() as u32;
        let list: Arc<[T]> = list.into();
        self.distinct.push(Arc::clone(&list));
        self.positions.insert(list, position);
        position
    }

    /// The lists of all rows.
    pub(crate) fn finish(self) -> Lists<T> {
        Lists::picked(self.rows, self.distinct.into())
    }
}
