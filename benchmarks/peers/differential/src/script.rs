// SPDX-License-Identifier: MIT
//! The script of a run, as `Script::write` of benchmarks/engine/script.hpp puts it into a file: 64-bit words.

pub struct Phase {
    pub batch: usize,
    pub transactions: Vec<u64>,
}

pub struct Script {
    pub name: String,
    pub rows: u64,
    pub parameters: Vec<u64>,
    pub load_batch: usize,
    pub row_words: usize,
    pub load: Vec<u64>,
    pub transaction_words: usize,
    pub phases: Vec<Phase>,
    /// The flushes after which the state is to be told; 0 is the load.
    pub checkpoints: Vec<u64>,
}

struct Words {
    bytes: Vec<u8>,
    at: usize,
}

impl Words {
    fn next(&mut self) -> u64 {
        let word = self.bytes[self.at..self.at + 8].try_into().expect("eight bytes");
        self.at += 8;
        u64::from_le_bytes(word)
    }
    fn take(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next()).collect()
    }
}

pub fn read(path: &str) -> Script {
    let mut words = Words { bytes: std::fs::read(path).expect("the script can be read"), at: 32 };
    let name = String::from_utf8_lossy(&words.bytes[..32]).trim_end_matches('\0').to_string();
    let rows = words.next();
    let parameter_count = words.next() as usize;
    let parameters = words.take(parameter_count);
    let load_batch = words.next() as usize;
    let row_words = words.next() as usize;
    let row_count = words.next() as usize;
    let load = words.take(row_count * row_words);
    let transaction_words = words.next() as usize;
    let phase_count = words.next();
    let phases = (0..phase_count)
        .map(|_| {
            let batch = words.next() as usize;
            let count = words.next() as usize;
            Phase { batch, transactions: words.take(count * transaction_words) }
        })
        .collect();
    let checkpoint_count = words.next() as usize;
    let checkpoints = words.take(checkpoint_count);
    Script { name, rows, parameters, load_batch, row_words, load, transaction_words, phases, checkpoints }
}
