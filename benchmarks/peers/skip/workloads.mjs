// SPDX-License-Identifier: MIT
// The workloads as Skip has them: mappers and reducers are classes, and what they read of other collections they get
// by their constructors. A workload says which inputs there are, how rows and transactions write to them, and which
// outputs are told.
import { packed, rowHash, tagged } from "./fold.mjs";

class Sum {
  initial = 0;
  add(sum, value) {
    return (sum ?? 0) + value;
  }
  remove(sum, value) {
    return sum - value;
  }
}

// Skip may keep the result of a reducer when nothing is left, so the count says when to drop it.
class SumAndCount {
  initial = [0, 0];
  add(sum, value) {
    return [(sum?.[0] ?? 0) + value, (sum?.[1] ?? 0) + 1];
  }
  remove(sum, value) {
    return [sum[0] - value, sum[1] - 1];
  }
}

class Pick {
  constructor(index) {
    this.index = index;
  }
  mapEntry(key, values) {
    return values
      .toArray()
      .filter((value) => value[1] > 0)
      .map((value) => [key, value[this.index]]);
  }
}

const number = (word) => Number(word);
/** Writes of one flush to one input: the last one of each key. */
class Writes {
  #entries = new Map();

  set(key, value) {
    this.#entries.set(JSON.stringify(key), [key, [value]]);
  }
  erase(key) {
    this.#entries.set(JSON.stringify(key), [key, []]);
  }
  take() {
    return [...this.#entries.values()];
  }
}

// --- count ---

class BySource {
  mapEntry(edge) {
    return [[edge[0], 1]];
  }
}

const edgeOf = (word) => [number(word >> 32n), number(word & 0xffffffffn)];
const count = {
  inputs: ["edges"],
  graph: ({ edges }) => ({ counts: edges.mapReduce(BySource)(SumAndCount).map(Pick, 1) }),
  outputs: { counts: (node, sum) => rowHash(node, sum) },
  load: ({ edges }, row) => edges.set(edgeOf(row[0]), 0),
  apply: ({ edges }, swap) => {
    edges.set(edgeOf(swap[0]), 0);
    edges.erase(edgeOf(swap[1]));
  },
};

// --- mappers ---

class Step {
  mapEntry(key, values) {
    return [[key, values.getUnique() * 3 + 1]];
  }
}

class Branch {
  constructor(index) {
    this.index = index;
  }
  mapEntry(key, values) {
    return [[key, values.getUnique() * (2 * this.index + 1) + this.index]];
  }
}

class Total {
  mapEntry(key, values) {
    return [[key, values.toArray().reduce((sum, value) => sum + value, 0)]];
  }
}

class Leaf {
  constructor(index) {
    this.index = index;
  }
  mapEntry(key, values) {
    const value = values.getUnique();
    return value % 100 === this.index ? [[[this.index, key], value]] : [];
  }
}

const range = (length) => Array.from({ length }, (_, i) => i);
const writes = (graph, hash) => ({
  inputs: ["rows"],
  graph: ({ rows }) => ({ out: graph(rows) }),
  outputs: { out: hash },
  load: ({ rows }, row) => rows.set(number(row[0]), number(row[1])),
  apply: ({ rows }, write) => rows.set(number(write[0]), number(write[1])),
});
const chain = (length) => writes((rows) => range(length).reduce((view) => view.map(Step), rows), rowHash);
const diamond = (branches) =>
  writes((rows) => {
    const [first, ...others] = range(branches).map((i) => rows.map(Branch, i));
    return first.merge(...others).map(Total);
  }, rowHash);
const leaves = (count) =>
  writes(
    (rows) => {
      const [first, ...others] = range(count).map((i) => rows.map(Leaf, i));
      return others.length === 0 ? first : first.merge(...others);
    },
    ([leaf, key], value) => rowHash(tagged(leaf, key), value),
  );

// --- joins ---

class Place {
  constructor(customers) {
    this.customers = customers;
  }
  mapEntry(order, values) {
    const [customer, amount] = values.getUnique();
    return this.customers.getArray(customer).map((region) => [order, [region, amount]]);
  }
}

class ByRegion {
  mapEntry(_, values) {
    return [values.getUnique()];
  }
}

class Extreme {
  constructor(sign) {
    this.sign = sign;
  }
  mapEntry(region, values) {
    const best = values.toArray().reduce((best, value) => (this.sign * value > this.sign * best ? value : best));
    return [[region, best]];
  }
}

class BySum {
  mapEntry(region, values) {
    return [[[-values.getUnique(), region], 0]];
  }
}

const orders = (graph, outputs) => ({
  inputs: ["orders", "customers"],
  graph: ({ orders, customers }) => graph(orders.map(Place, customers)),
  outputs,
  load: ({ orders, customers }, [isOrder, id, other, amount]) =>
    isOrder === 0n ? customers.set(number(id), number(other)) : orders.set(number(id), [number(other), number(amount)]),
  apply(inputs, change) {
    this.load(inputs, change);
    if (change[0] !== 0n) inputs.orders.erase(number(change[4]));
  },
});
const join = () =>
  orders((placed) => ({ placed }), {
    placed: (order, [region, amount]) => rowHash(order, packed(region, amount)),
  });
const aggregate = () =>
  orders(
    (placed) => {
      const byRegion = placed.map(ByRegion);
      const both = byRegion.reduce(SumAndCount);
      const sums = both.map(Pick, 0);
      return {
        sums,
        counts: both.map(Pick, 1),
        least: byRegion.map(Extreme, -1),
        greatest: byRegion.map(Extreme, 1),
        largest: sums.map(BySum).take(20),
      };
    },
    {
      sums: (region, sum) => rowHash(tagged(1, region), sum),
      counts: (region, count) => rowHash(tagged(2, region), count),
      least: (region, amount) => rowHash(tagged(3, region), amount),
      greatest: (region, amount) => rowHash(tagged(4, region), amount),
      largest: ([sum, region]) => rowHash(tagged(5, region), -sum),
    },
  );

// --- top ---

class ByGroup {
  mapEntry(_, values) {
    return [values.getUnique()];
  }
}

class Best {
  mapEntry(group, values) {
    const scores = values.toArray().sort((a, b) => b - a);
    return scores.slice(0, 10).map((score) => [group, score]);
  }
}

const top = () => ({
  inputs: ["rows"],
  graph: ({ rows }) => ({ best: rows.map(ByGroup).map(Best) }),
  outputs: { best: rowHash },
  load: ({ rows }, [id, group, score]) => rows.set(number(id), [number(group), number(score)]),
  apply(inputs, swap) {
    this.load(inputs, swap);
    inputs.rows.erase(number(swap[3]));
  },
});

// --- bank ---

class Pair {
  constructor(others) {
    this.others = others;
  }
  mapEntry(id) {
    return [[id, this.others.getArray(id).length === 1 ? 1 : 0]];
  }
}

class Account {
  constructor(index) {
    this.index = index;
  }
  mapEntry(_, values) {
    return [[values.getUnique()[this.index], 1]];
  }
}

class Difference {
  constructor(debits) {
    this.debits = debits;
  }
  mapEntry(account, values) {
    return this.debits.getArray(account).map((debit) => [account, values.getUnique() - debit]);
  }
}

class Everything {
  mapEntry(_, values) {
    return [[0, values.getUnique()]];
  }
}

const bank = () => ({
  inputs: ["accepted"],
  graph: ({ accepted }) => {
    const credits = accepted.map(Account, 1).reduce(Sum);
    const debits = accepted.map(Account, 0).reduce(Sum);
    const balances = credits.map(Difference, debits);
    const total = balances.map(Everything).reduce(Sum);
    return { accepted, pairs: accepted.map(Pair, accepted), credits, debits, balances, total };
  },
  outputs: {
    accepted: (id) => rowHash(tagged(1, id), 1),
    pairs: (id, pair) => rowHash(tagged(2, id), pair),
    credits: (account, sum) => rowHash(tagged(3, account), sum),
    debits: (account, sum) => rowHash(tagged(4, account), sum),
    balances: (account, balance) => rowHash(tagged(5, account), balance),
    total: (_, total) => rowHash(tagged(6, 0), total),
  },
  load: ({ accepted }, [id, from, to, , ok]) => {
    if (ok !== 0n) accepted.set(number(id), [number(from), number(to)]);
  },
  apply(inputs, transfer) {
    this.load(inputs, transfer);
  },
});

/** The workload of that name; throws what keeps Skip from it. */
export function workloadOf(script) {
  const [parameter] = script.parameters;
  switch (script.name) {
    case "count":
      return count;
    case "chain of 8":
      return chain(parameter);
    case "chain of 32":
      throw new Error("whole numbers above 2^53");
    case "diamond":
      return diamond(parameter);
    case "1 leaf":
    case "100 leaves":
      return leaves(parameter);
    case "join":
    case "join, hot customer":
      return join();
    case "aggregate":
      return aggregate();
    case "top, small groups":
    case "top, large groups":
      return top();
    case "bank":
    case "bank, many accounts":
      return bank();
    case "breadth-first search":
      throw new Error("recursion");
    default:
      throw new Error("no program for " + script.name);
  }
}

export { Writes };
