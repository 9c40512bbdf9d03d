// SPDX-License-Identifier: MIT

/** The last minute of some named figures, whatever order their points come in. */
export class History {
  #points = new Map(); // time in ms -> {name: value}
  #span;

  constructor(spanMs) {
    this.#span = spanMs;
  }

  /** Notes figures of one moment; those already there for it are kept. */
  add(at, figures) {
    this.#points.set(at, {...this.#points.get(at), ...figures});
  }

  get newest() {
    let newest = 0;
    for (const at of this.#points.keys()) newest = Math.max(newest, at);
    return newest;
  }

  /**
   * Columns for a chart: seconds before the newest point, then one column per name. A hole in time (the server was away)
   * becomes a hole in the line.
   */
  columns(names) {
    const newest = this.newest;
    for (const at of this.#points.keys()) if (at < newest - this.#span) this.#points.delete(at);
    const times = [...this.#points.keys()].sort((a, b) => a - b);
    const hole = 3 * median(times.slice(1).map((at, i) => at - times[i]));
    const columns = [[], ...names.map(() => [])];
    times.forEach((at, i) => {
      if (i > 0 && at - times[i - 1] > hole) {
        columns[0].push((times[i - 1] + 1 - newest) / 1000);
        names.forEach((_, n) => columns[n + 1].push(null));
      }
      const point = this.#points.get(at);
      columns[0].push((at - newest) / 1000);
      names.forEach((name, n) => columns[n + 1].push(point[name] ?? null));
    });
    return columns;
  }
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}
