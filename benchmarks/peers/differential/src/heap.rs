// SPDX-License-Identifier: MIT
//! Counts what the allocator gives out, as benchmarks/engine/allocations.cpp does.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

pub struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

fn usable(memory: *mut u8) -> i64 {
    unsafe { libc::malloc_usable_size(memory.cast()) as i64 }
}

// One thread allocates: loads and stores are cheaper than what a processor locks.
fn count(bytes: i64) {
    let live = LIVE.load(Relaxed) + bytes;
    LIVE.store(live, Relaxed);
    if live > PEAK.load(Relaxed) {
        PEAK.store(live, Relaxed);
    }
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let memory = System.alloc(layout);
        ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
        count(usable(memory));
        memory
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-usable(memory));
        System.dealloc(memory, layout);
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let before = usable(memory);
        let moved = System.realloc(memory, layout, size);
        ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
        count(usable(moved) - before);
        moved
    }
}

pub fn allocations() -> u64 {
    ALLOCATIONS.load(Relaxed)
}
pub fn live_bytes() -> i64 {
    LIVE.load(Relaxed)
}
pub fn peak_bytes() -> i64 {
    PEAK.load(Relaxed)
}
pub fn restart_peak() {
    PEAK.store(LIVE.load(Relaxed), Relaxed);
}
