// SPDX-License-Identifier: MIT
//! Runs one script of benchmarks/engine in differential-dataflow and prints what it cost and what it told, as JSON.
//! Each transaction has a time of its own; a flush is when the inputs advance and the worker catches up.

mod fold;
mod heap;
mod script;
mod workloads;

use std::time::Instant;

use timely::dataflow::operators::probe::Handle;
use timely::worker::Worker;

use fold::Fold;
use script::{Phase, Script};
use workloads::Workload;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

fn cpu_ns() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

struct Runner<'a> {
    worker: &'a mut Worker,
    script: &'a Script,
    workload: Box<dyn Workload>,
    fold: Fold,
    probe: Handle<u64>,
    time: u64,
    flushes: u64,
    states: Vec<u64>,
}

impl Runner<'_> {
    fn load(&mut self) {
        for (i, row) in self.script.load.chunks(self.script.row_words).enumerate() {
            self.workload.load(row);
            if i % self.script.load_batch == 0 {
                self.workload.flush();
                self.worker.step();
            }
        }
        self.catch_up();
        self.note_state();
    }
    fn flush(&mut self, transactions: &[u64]) {
        for transaction in transactions.chunks(self.script.transaction_words) {
            self.workload.apply(transaction);
            self.time += 1;
            self.workload.advance_to(self.time);
        }
        self.catch_up();
        self.fold.end_of_flush();
        self.flushes += 1;
        self.note_state();
    }
    fn catch_up(&mut self) {
        self.time += 1;
        self.workload.advance_to(self.time);
        self.workload.flush();
        let (probe, time) = (&self.probe, self.time);
        self.worker.step_while(|| probe.less_than(&time));
    }
    fn note_state(&mut self) {
        if self.script.checkpoints.get(self.states.len()) == Some(&self.flushes) {
            self.states.push(self.fold.state());
        }
    }

    /// As run_phase() of benchmarks/engine/measure.hpp.
    fn run_phase(&mut self, phase: &Phase) -> String {
        let flushes: Vec<&[u64]> = phase.transactions.chunks(phase.batch * self.script.transaction_words).collect();
        let (together, singly) = flushes.split_at(flushes.len() - flushes.len().div_ceil(4));
        let (allocations, deltas, start) = (heap::allocations(), self.fold.deltas(), cpu_ns());
        together.iter().for_each(|flush| self.flush(flush));
        let transactions = (together.len() * phase.batch) as f64;
        let cost = (cpu_ns() - start) / transactions;
        let allocated = (heap::allocations() - allocations) as f64 / transactions;
        let told = (self.fold.deltas() - deltas) as f64 / transactions;
        let mut latencies = Vec::with_capacity(singly.len());
        for flush in singly {
            let start = Instant::now();
            self.flush(flush);
            latencies.push(start.elapsed().as_nanos().to_string());
        }
        format!(
            "{{\"ns_per_transaction\":{cost},\"deltas_per_transaction\":{told},\"allocations_per_transaction\":{allocated},\
             \"latencies_ns\":[{}]}}",
            latencies.join(",")
        )
    }
}

fn run(worker: &mut Worker, script: &Script) -> String {
    heap::restart_peak();
    let (before, start) = (heap::live_bytes(), cpu_ns());
    let (fold, probe) = (Fold::default(), Handle::new());
    let workload = match workloads::declare(worker, script, &fold, &probe) {
        Ok(workload) => workload,
        Err(reason) => {
            return format!(
                "{{\"cannot_express\":\"{reason}\",\"load_ns_per_row\":0,\"bytes_per_row\":0,\"load_peak\":0,\
                 \"phases\":[],\"states\":[],\"checksum\":\"\"}}"
            )
        }
    };
    let mut runner = Runner { worker, script, workload, fold, probe, time: 0, flushes: 0, states: Vec::new() };
    runner.load();
    let rows = script.rows as f64;
    let load = (cpu_ns() - start) / rows;
    let held = (heap::live_bytes() - before) as f64;
    let peak = (heap::peak_bytes() - before) as f64 / held;
    let phases: Vec<String> = script.phases.iter().map(|phase| runner.run_phase(phase)).collect();
    let states: Vec<String> = runner.states.iter().map(|state| format!("\"{state}\"")).collect();
    format!(
        "{{\"load_ns_per_row\":{load},\"bytes_per_row\":{},\"load_peak\":{peak},\"phases\":[{}],\"states\":[{}],\
         \"checksum\":\"{}\"}}",
        held / rows,
        phases.join(","),
        states.join(","),
        runner.fold.checksum()
    )
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: freshet-peer-differential SCRIPT");
    let answer = timely::execute_directly(move |worker| run(worker, &script::read(&path)));
    println!("{answer}");
}
