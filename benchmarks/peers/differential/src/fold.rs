// SPDX-License-Identifier: MIT
//! The fold of benchmarks/engine/fold.hpp: the state of an output is the sum of the hashes of its rows.

use std::cell::Cell;
use std::rc::Rc;

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d049bb133111eb);
    word ^ (word >> 31)
}

pub fn row_hash(key: u64, value: u64) -> u64 {
    mix(key.wrapping_mul(0x9e3779b97f4a7c15) ^ value.wrapping_add(0x632be59bd9b4e019).wrapping_mul(0xd6e8feb86659fd93))
}

pub fn packed(high: u64, low: u64) -> u64 {
    high << 32 | low
}

pub fn tagged(output: u64, key: u64) -> u64 {
    output << 56 | key
}

#[derive(Clone, Default)]
pub struct Fold {
    state: Rc<Cell<u64>>,
    deltas: Rc<Cell<u64>>,
    checksum: Rc<Cell<u64>>,
}

impl Fold {
    /// A row that came `diff` times (went, if negative).
    pub fn update(&self, hash: u64, diff: isize) {
        self.state.set(self.state.get().wrapping_add(hash.wrapping_mul(diff as i64 as u64)));
        if diff > 0 {
            self.deltas.set(self.deltas.get() + 1);
        }
    }
    pub fn end_of_flush(&self) {
        self.checksum.set(mix(self.checksum.get().wrapping_add(self.state.get())));
    }
    pub fn state(&self) -> u64 {
        self.state.get()
    }
    pub fn deltas(&self) -> u64 {
        self.deltas.get()
    }
    pub fn checksum(&self) -> u64 {
        self.checksum.get()
    }
}
