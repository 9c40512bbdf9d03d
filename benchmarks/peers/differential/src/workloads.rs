// SPDX-License-Identifier: MIT
//! The workloads as differential-dataflow has them.

use std::cmp::Reverse;

use differential_dataflow::input::{Input, InputSession};
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::{CountTotal, Iterate};
use differential_dataflow::VecCollection;
use timely::dataflow::operators::probe::Handle;
use timely::dataflow::Scope;
use timely::worker::Worker;

use crate::fold::{packed, row_hash, tagged, Fold};
use crate::script::Script;

type Session<D> = InputSession<u64, D, isize>;
type Rows<'scope, D> = VecCollection<'scope, u64, D, isize>;

/// What takes the rows and transactions of a script.
pub trait Workload {
    fn load(&mut self, row: &[u64]);
    fn apply(&mut self, transaction: &[u64]);
    fn advance_to(&mut self, time: u64);
    fn flush(&mut self);
}

/// The workload of that name, or what keeps differential-dataflow from it.
pub fn declare(worker: &mut Worker, script: &Script, fold: &Fold, probe: &Handle<u64>) -> Result<Box<dyn Workload>, String> {
    let name = script.name.as_str();
    let parameter = script.parameters.first().copied().unwrap_or(0);
    worker.dataflow(|scope| {
        let at = Place { scope, fold: fold.clone(), probe: probe.clone() };
        Ok(match name {
            "count" => Box::new(count(&at)) as Box<dyn Workload>,
            "chain of 8" | "chain of 32" => Box::new(chain(&at, parameter)),
            "diamond" => Box::new(diamond(&at, parameter)),
            "1 leaf" | "100 leaves" => Box::new(leaves(&at, parameter)),
            "join" | "join, hot customer" => Box::new(join(&at)),
            "aggregate" => Box::new(aggregate(&at)),
            "top, small groups" | "top, large groups" => Box::new(top(&at)),
            "bank" | "bank, many accounts" => Box::new(bank(&at)),
            "breadth-first search" => Box::new(search(&at, parameter)),
            _ => return Err(format!("no program for {name}")),
        })
    })
}

/// Where a dataflow is declared, and what it tells.
struct Place<'scope> {
    scope: Scope<'scope, u64>,
    fold: Fold,
    probe: Handle<u64>,
}

impl<'scope> Place<'scope> {
    fn input<D: differential_dataflow::ExchangeData>(&self) -> (Session<D>, Rows<'scope, D>) {
        self.scope.new_collection()
    }
    fn tell<D: differential_dataflow::ExchangeData>(&self, rows: Rows<'scope, D>, hash: impl Fn(&D) -> u64 + 'static) {
        let fold = self.fold.clone();
        rows.inspect(move |(row, _, diff)| fold.update(hash(row), *diff)).probe_with(&self.probe);
    }
}

struct Count {
    edges: Session<(u32, u32)>,
}

fn count(at: &Place) -> Count {
    let (edges, rows) = at.input::<(u32, u32)>();
    at.tell(rows.map(|(source, _)| source).count_total(), |(node, count)| row_hash(*node as u64, *count as u64));
    Count { edges }
}

impl Workload for Count {
    fn load(&mut self, row: &[u64]) {
        self.edges.insert(((row[0] >> 32) as u32, row[0] as u32));
    }
    fn apply(&mut self, swap: &[u64]) {
        self.load(&swap[..1]);
        self.edges.remove(((swap[1] >> 32) as u32, swap[1] as u32));
    }
    fn advance_to(&mut self, time: u64) {
        self.edges.advance_to(time);
    }
    fn flush(&mut self) {
        self.edges.flush();
    }
}

/// Rows that transactions overwrite: what they were is known here, since a retraction has to name it.
struct Upserts {
    rows: Session<(u64, u64)>,
    values: Vec<Option<u64>>,
}

impl Upserts {
    fn new(rows: Session<(u64, u64)>) -> Self {
        Upserts { rows, values: Vec::new() }
    }
}

impl Workload for Upserts {
    fn load(&mut self, row: &[u64]) {
        self.apply(row);
    }
    fn apply(&mut self, write: &[u64]) {
        let key = write[0] as usize;
        if key >= self.values.len() {
            self.values.resize(key + 1, None);
        }
        if let Some(before) = self.values[key].replace(write[1]) {
            self.rows.remove((write[0], before));
        }
        self.rows.insert((write[0], write[1]));
    }
    fn advance_to(&mut self, time: u64) {
        self.rows.advance_to(time);
    }
    fn flush(&mut self) {
        self.rows.flush();
    }
}

/// Keeps the rows and what comes out, not the stages.
fn chain(at: &Place, length: u64) -> Upserts {
    let (session, rows) = at.input::<(u64, u64)>();
    let stored = rows.arrange_by_key();
    let mut rows = stored.as_collection(|key, value| (*key, *value));
    for _ in 0..length {
        rows = rows.map(|(key, value)| (key, value.wrapping_mul(3).wrapping_add(1)));
    }
    let stored = rows.arrange_by_key();
    at.tell(stored.as_collection(|key, value| (*key, *value)), |(key, value)| row_hash(*key, *value));
    Upserts::new(session)
}

fn diamond(at: &Place, branches: u64) -> Upserts {
    let (session, rows) = at.input::<(u64, u64)>();
    let branch = |number: u64| {
        rows.clone().map(move |(key, value)| (key, (number, value.wrapping_mul(2 * number + 1).wrapping_add(number))))
    };
    let joined = branch(0).concatenate((1..branches).map(branch).collect::<Vec<_>>());
    let sums = joined.reduce(|_, values, out| {
        out.push((values.iter().fold(0u64, |sum, ((_, value), _)| sum.wrapping_add(*value)), 1))
    });
    at.tell(sums, |(key, sum)| row_hash(*key, *sum));
    Upserts::new(session)
}

/// The leaves keep nothing.
fn leaves(at: &Place, leaves: u64) -> Upserts {
    let (session, rows) = at.input::<(u64, u64)>();
    for leaf in 0..leaves {
        let wanted = rows.clone().filter(move |(_, value)| value % 100 == leaf);
        at.tell(wanted, move |(key, value)| row_hash(tagged(leaf, *key), *value));
    }
    Upserts::new(session)
}

/// Orders and customers. What they were is known here, since a retraction has to name it.
struct Orders {
    orders: Session<(u32, (u32, u32))>,
    customers: Session<(u32, u32)>,
    order_at: Vec<(u32, u32)>,
    region_at: Vec<Option<u32>>,
}

impl Orders {
    fn order(&mut self, id: u64, customer: u64, amount: u64) {
        self.order_at.resize(self.order_at.len().max(id as usize + 1), (0, 0));
        self.order_at[id as usize] = (customer as u32, amount as u32);
        self.orders.insert((customer as u32, (id as u32, amount as u32)));
    }
    fn customer(&mut self, id: u64, region: u64) {
        self.region_at.resize(self.region_at.len().max(id as usize + 1), None);
        if let Some(before) = self.region_at[id as usize].replace(region as u32) {
            self.customers.remove((id as u32, before));
        }
        self.customers.insert((id as u32, region as u32));
    }
}

impl Workload for Orders {
    fn load(&mut self, row: &[u64]) {
        if row[0] == 0 {
            self.customer(row[1], row[2]);
        } else {
            self.order(row[1], row[2], row[3]);
        }
    }
    fn apply(&mut self, change: &[u64]) {
        self.load(&change[..4]);
        if change[0] != 0 {
            let (customer, amount) = self.order_at[change[4] as usize];
            self.orders.remove((customer, (change[4] as u32, amount)));
        }
    }
    fn advance_to(&mut self, time: u64) {
        self.orders.advance_to(time);
        self.customers.advance_to(time);
    }
    fn flush(&mut self) {
        self.orders.flush();
        self.customers.flush();
    }
}

/// (order, region, amount)
fn joined<'scope>(at: &Place<'scope>) -> (Orders, Rows<'scope, (u32, u32, u32)>) {
    let (orders, order_rows) = at.input::<(u32, (u32, u32))>();
    let (customers, customer_rows) = at.input::<(u32, u32)>();
    let joined = order_rows.join_map(customer_rows, |_, (order, amount), region| (*order, *region, *amount));
    (Orders { orders, customers, order_at: Vec::new(), region_at: Vec::new() }, joined)
}

fn join(at: &Place) -> Orders {
    let (orders, joined) = joined(at);
    at.tell(joined, |(order, region, amount)| row_hash(*order as u64, packed(*region as u64, *amount as u64)));
    orders
}

fn aggregate(at: &Place) -> Orders {
    let (orders, joined) = joined(at);
    let sums = joined
        .clone()
        .explode(|(_, region, amount)| Some((region, (amount as isize, 1isize))))
        .count_total();
    at.tell(sums.clone(), |(region, (sum, count))| {
        let region = *region as u64;
        row_hash(tagged(1, region), *sum as u64).wrapping_add(row_hash(tagged(2, region), *count as u64))
    });
    let extremes = joined.map(|(order, region, amount)| (region, (amount, order))).reduce(|_, amounts, out| {
        out.push(((amounts[0].0 .0, amounts[amounts.len() - 1].0 .0), 1isize))
    });
    at.tell(extremes, |(region, (min, max))| {
        let region = *region as u64;
        row_hash(tagged(3, region), *min as u64).wrapping_add(row_hash(tagged(4, region), *max as u64))
    });
    let largest = sums.map(|(region, (sum, _))| ((), (Reverse(sum), region))).reduce(|_, sums, out| {
        for (row, _) in sums.iter().take(20) {
            out.push((**row, 1isize));
        }
    });
    at.tell(largest, |(_, (sum, region))| row_hash(tagged(5, *region as u64), sum.0 as u64));
    orders
}

/// Rows (id, group, score).
struct Scores {
    rows: Session<(u32, Reverse<u64>)>,
    row_at: Vec<(u32, u64)>,
}

fn top(at: &Place) -> Scores {
    let (session, rows) = at.input::<(u32, Reverse<u64>)>();
    let top = rows.reduce(|_, scores, out| {
        for (score, _) in scores.iter().take(10) {
            out.push((**score, 1isize));
        }
    });
    at.tell(top, |(group, score)| row_hash(*group as u64, score.0));
    Scores { rows: session, row_at: Vec::new() }
}

impl Workload for Scores {
    fn load(&mut self, row: &[u64]) {
        let id = row[0] as usize;
        self.row_at.resize(self.row_at.len().max(id + 1), (0, 0));
        self.row_at[id] = (row[1] as u32, row[2]);
        self.rows.insert((row[1] as u32, Reverse(row[2])));
    }
    fn apply(&mut self, swap: &[u64]) {
        self.load(&swap[..3]);
        let (group, score) = self.row_at[swap[3] as usize];
        self.rows.remove((group, Reverse(score)));
    }
    fn advance_to(&mut self, time: u64) {
        self.rows.advance_to(time);
    }
    fn flush(&mut self) {
        self.rows.flush();
    }
}

/// Transfers (id, (from, to)) that were not late: there is no watermark here, the script says which.
struct Bank {
    transfers: Session<(u32, (u32, u32))>,
}

fn bank(at: &Place) -> Bank {
    let (session, accepted) = at.input::<(u32, (u32, u32))>();
    at.tell(accepted.clone(), |(id, _)| row_hash(tagged(1, *id as u64), 1));
    let stored = accepted.clone().arrange_by_key();
    let both = stored.clone().join_core(stored, |id, left, right| Some((*id, *left == *right)));
    at.tell(both, |(id, same)| row_hash(tagged(2, *id as u64), *same as u64));
    let credits = accepted.clone().map(|(_, (_, to))| to).count_total();
    let debits = accepted.map(|(_, (from, _))| from).count_total();
    at.tell(credits.clone(), |(account, sum)| row_hash(tagged(3, *account as u64), *sum as u64));
    at.tell(debits.clone(), |(account, sum)| row_hash(tagged(4, *account as u64), *sum as u64));
    let balances = credits.join_map(debits, |account, credit, debit| (*account, *credit - *debit));
    at.tell(balances.clone(), |(account, balance)| row_hash(tagged(5, *account as u64), *balance as u64));
    // The count says whether there is an account at all.
    let total = balances.explode(|(_, balance)| Some(((), (balance, 1isize)))).count_total();
    at.tell(total, |(_, (total, _))| row_hash(tagged(6, 0), *total as u64));
    Bank { transfers: session }
}

impl Workload for Bank {
    fn load(&mut self, transfer: &[u64]) {
        self.apply(transfer);
    }
    fn apply(&mut self, transfer: &[u64]) {
        if transfer[4] != 0 {
            self.transfers.insert((transfer[0] as u32, (transfer[1] as u32, transfer[2] as u32)));
        }
    }
    fn advance_to(&mut self, time: u64) {
        self.transfers.advance_to(time);
    }
    fn flush(&mut self) {
        self.transfers.flush();
    }
}

/// How many steps each node is from node 0.
fn search(at: &Place, _nodes: u64) -> Count {
    let (edges, rows) = at.input::<(u32, u32)>();
    let roots = at.scope.new_collection_from(Some(0u32)).1;
    at.tell(distances(rows, roots), |(node, steps)| row_hash(*node as u64, *steps as u64));
    Count { edges }
}

fn distances<'scope, T>(
    edges: VecCollection<'scope, T, (u32, u32)>,
    roots: VecCollection<'scope, T, u32>,
) -> VecCollection<'scope, T, (u32, u32)>
where
    T: timely::progress::Timestamp + Lattice + Ord,
{
    let nodes = roots.map(|node| (node, 0));
    nodes.clone().iterate(|scope, inner| {
        let nodes = nodes.enter(scope);
        let edges = edges.enter(scope);
        inner
            .join_map(edges, |_, steps, target| (*target, steps + 1))
            .concat(nodes)
            .reduce(|_, steps, out| out.push((*steps[0].0, 1)))
    })
}
