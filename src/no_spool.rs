//! Stands in for `spool/` where it is not built: nothing makes a pool, so there is no slot either, and what would use them
//! compiles to nothing.

use crate::buffer::left::Left;
use crate::export::{Envelope, Signal};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub(crate) struct PoolConfig(Never);

#[derive(Clone, Debug)]
enum Never {}

/// There is no file.
pub(crate) fn close_inherited() {}

#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) low: Notify,
    never: Never,
}

#[derive(Debug)]
pub(crate) enum Slot {}

#[derive(Debug)]
pub(crate) enum LeftSlot {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakerId {}

#[derive(Debug)]
pub(crate) struct Leftovers {
    pub(crate) told: Vec<String>,
}

// === impl PoolConfig ===

impl PoolConfig {
    pub(crate) fn new(_: PathBuf, _: u64, _: Duration, _: usize) -> Option<PoolConfig> {
        None
    }

    pub(crate) fn with_tail(self, _: bool) -> PoolConfig {
        match self.0 {}
    }

    pub(crate) fn with_takers(self, _: Vec<TakerId>) -> PoolConfig {
        match self.0 {}
    }

    pub(crate) fn folder(&self) -> &Path {
        match self.0 {}
    }

    pub(crate) fn max_age(&self) -> Duration {
        match self.0 {}
    }
}

// === impl Pool ===

impl Pool {
    pub(crate) fn new(config: PoolConfig, _: &Envelope) -> (Arc<Pool>, io::Result<()>) {
        match config.0 {}
    }

    pub(crate) fn is_too_old(&self, _: u64) -> bool {
        match self.never {}
    }

    pub(crate) fn takers(&self) -> &[TakerId] {
        match self.never {}
    }

    pub(crate) fn most(&self) -> usize {
        match self.never {}
    }

    pub(crate) fn take(&self) -> Option<Slot> {
        match self.never {}
    }

    pub(crate) fn put(&self, slot: Slot, _: bool, _: bool) {
        match slot {}
    }

    pub(crate) fn may_evict(&self) -> bool {
        match self.never {}
    }

    pub(crate) fn loaded(&self) {}

    pub(crate) fn tend(&self) -> io::Result<()> {
        match self.never {}
    }

    pub(crate) fn count_unspooled(&self, _: usize) {}

    pub(crate) fn unspooled(&self) -> u64 {
        match self.never {}
    }

    pub(crate) fn folder(&self) -> &Path {
        match self.never {}
    }

    pub(crate) fn retire(&self) {}
}

// === impl Slot ===

impl Slot {
    pub(crate) fn room(&self) -> usize {
        match *self {}
    }

    pub(crate) fn filled(&self) -> usize {
        match *self {}
    }

    pub(crate) fn push(&mut self, _: &[u8]) {
        match *self {}
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match *self {}
    }

    pub(crate) fn taken_at(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn evict(&self) {
        match *self {}
    }

    pub(crate) fn mark(&self, _: usize, _: usize, _: usize) {
        match *self {}
    }
}

// === impl TakerId ===

impl TakerId {
    pub(crate) fn of_all<'a>(_: impl IntoIterator<Item = (Signal, &'a str)>) -> Vec<TakerId> {
        Vec::new()
    }
}

// === impl LeftSlot ===

impl LeftSlot {
    pub(crate) fn mark(&self, _: usize, _: usize, _: usize) {
        match *self {}
    }

    pub(crate) fn settle(self) {
        match self {}
    }
}

// === impl Leftovers ===

impl Leftovers {
    pub(crate) fn new(_: &Path, _: &[TakerId]) -> Leftovers {
        Leftovers { told: Vec::new() }
    }

    pub(crate) fn look(&mut self) {}

    pub(crate) fn next_many(&mut self, _: usize) -> Vec<Left> {
        Vec::new()
    }
}

pub(crate) fn extend(_: &mut Vec<Range<usize>>, _: Range<usize>) {}
