// SPDX-License-Identifier: MIT
// Runs one script of benchmarks/engine in Skip and prints what it cost and what it told, as JSON. A flush is one
// update() of each input that it writes to.
import { initService } from "@skipruntime/wasm";

import { Fold } from "./fold.mjs";
import { readScript } from "./script.mjs";
import { workloadOf, Writes } from "./workloads.mjs";

const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

class Runner {
  flushes = 0;
  states = [];

  constructor(script, workload, service, fold) {
    Object.assign(this, { script, workload, service, fold });
  }

  async write(items, apply) {
    const inputs = Object.fromEntries(this.workload.inputs.map((name) => [name, new Writes()]));
    for (const item of items) apply.call(this.workload, inputs, item);
    for (const name of this.workload.inputs) {
      const entries = inputs[name].take();
      if (entries.length > 0) await this.service.update(name, entries);
    }
  }
  async load() {
    const { load, loadBatch } = this.script;
    for (let i = 0; i < load.length; i += loadBatch) await this.write(load.slice(i, i + loadBatch), this.workload.load);
    this.noteState();
  }
  async flush(transactions) {
    await this.write(transactions, this.workload.apply);
    this.fold.endFlush();
    ++this.flushes;
    this.noteState();
  }
  noteState() {
    if (this.script.checkpoints[this.states.length] === this.flushes) this.states.push(String(this.fold.state));
  }

  /** As run_phase() of benchmarks/engine/measure.hpp. */
  async runPhase({ batch, transactions }) {
    const flushes = transactions.length / batch;
    const together = flushes - Math.ceil(flushes / 4);
    const flush = (i) => this.flush(transactions.slice(i * batch, (i + 1) * batch));
    const deltas = this.fold.deltas;
    const start = cpuNs();
    for (let i = 0; i < together; ++i) await flush(i);
    const cost = (cpuNs() - start) / (together * batch);
    const told = (this.fold.deltas - deltas) / (together * batch);
    const latencies = [];
    for (let i = together; i < flushes; ++i) {
      const begin = process.hrtime.bigint();
      await flush(i);
      latencies.push(Number(process.hrtime.bigint() - begin));
    }
    return { ns_per_transaction: cost, deltas_per_transaction: told, latencies_ns: latencies };
  }
}

async function startService(workload, fold) {
  const resources = {};
  for (const name of Object.keys(workload.outputs)) {
    resources[name] = class {
      instantiate(collections) {
        return collections[name];
      }
    };
  }
  const initialData = Object.fromEntries(workload.inputs.map((name) => [name, []]));
  const service = await initService({ initialData, resources, createGraph: (inputs) => workload.graph(inputs) });
  for (const [name, hash] of Object.entries(workload.outputs)) {
    await service.instantiateResource(name, name, {});
    service.subscribe(name, {
      subscribed: () => {},
      notify: ({ values }) => {
        for (const [key, all] of values) fold.update(name, key, all, hash);
      },
      close: () => {},
    });
  }
  return service;
}

async function run(script, workload) {
  const fold = new Fold();
  const before = process.memoryUsage().rss;
  const start = cpuNs();
  const service = await startService(workload, fold);
  const runner = new Runner(script, workload, service, fold);
  await runner.load();
  const load = (cpuNs() - start) / script.rows;
  const held = process.memoryUsage().rss - before;
  const peak = (process.resourceUsage().maxRSS * 1024 - before) / held;
  const phases = [];
  for (const phase of script.phases) phases.push(await runner.runPhase(phase));
  return {
    load_ns_per_row: load,
    bytes_per_row: held / script.rows,
    load_peak: peak,
    phases,
    states: runner.states,
    checksum: String(fold.checksum),
  };
}

/** The workload of the script, or what keeps Skip from it. */
function declare(script) {
  try {
    return { workload: workloadOf(script) };
  } catch (reason) {
    return { cannot_express: reason.message };
  }
}

/** What the run gives, or how Skip's own runtime broke down over it. */
async function answer(script) {
  const { workload, cannot_express } = declare(script);
  if (!workload) return { cannot_express };
  try {
    return await run(script, workload);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    return { cannot_express: `its runtime fails: ${error.message}` };
  }
}

const nothing = { load_ns_per_row: 0, bytes_per_row: 0, load_peak: 0, phases: [], states: [], checksum: "" };
console.log(JSON.stringify({ ...nothing, ...(await answer(readScript(process.argv[2]))) }));
// Skip keeps timers of its own.
process.exit(0);
