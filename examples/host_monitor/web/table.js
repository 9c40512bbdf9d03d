// SPDX-License-Identifier: MIT

/**
 * A table of keyed rows that its reader can sort by a click on a head.
 *
 * columns: {name: cell(row) -> text}; the name is also the field that is sorted by. Rows keep their element while they
 * are there, so that a selection or a pointer does not lose its row twice a second.
 */
export class Table {
  #table; #key; #columns; #rowsMax;
  #rows = [];
  #elements = new Map();

  constructor(table, {key, columns, rowsMax = Infinity}) {
    this.#table = table;
    this.#key = key;
    this.#columns = columns;
    this.#rowsMax = rowsMax;
    for (const head of table.tHead.rows[0].cells) {
      head.firstElementChild.addEventListener('click', () => this.#sortBy(head.dataset.column));
    }
    this.#mark();
  }

  /** Shows these rows and returns how many there was no room for. */
  render(rows) {
    this.#rows = rows;
    const shown = this.#sorted().slice(0, this.#rowsMax);
    const keys = new Set(shown.map((row) => row[this.#key]));
    for (const [key, element] of this.#elements) {
      if (!keys.has(key)) {
        element.remove();
        this.#elements.delete(key);
      }
    }
    const body = this.#table.tBodies[0];
    shown.forEach((row, i) => {
      const element = this.#element(row);
      if (body.rows[i] !== element) body.insertBefore(element, body.rows[i] ?? null);
    });
    return rows.length - shown.length;
  }

  #element(row) {
    const key = row[this.#key];
    let element = this.#elements.get(key);
    if (!element) {
      element = document.createElement('tr');
      for (const head of this.#table.tHead.rows[0].cells) {
        const cell = element.insertCell();
        cell.className = head.className;
        cell.dataset.column = head.dataset.column;
      }
      this.#elements.set(key, element);
    }
    for (const cell of element.cells) {
      const text = String(this.#columns[cell.dataset.column](row));
      if (cell.textContent !== text) cell.textContent = cell.title = text;
    }
    return element;
  }

  #sorted() {
    const {sort, order = 'descending'} = this.#table.dataset;
    const sign = order === 'descending' ? -1 : 1;
    const compare = (a, b) => (typeof a === 'string' ? a.localeCompare(b) : a - b);
    return [...this.#rows].sort((a, b) => sign * compare(a[sort], b[sort]) || compare(a[this.#key], b[this.#key]));
  }

  #sortBy(column) {
    const data = this.#table.dataset;
    const text = typeof this.#rows[0]?.[column] === 'string';
    if (data.sort === column) data.order = data.order === 'ascending' ? 'descending' : 'ascending';
    else Object.assign(data, {sort: column, order: text || column === 'pid' ? 'ascending' : 'descending'});
    this.#mark();
    this.render(this.#rows);
  }

  #mark() {
    const {sort, order = 'descending'} = this.#table.dataset;
    for (const head of this.#table.tHead.rows[0].cells) {
      if (head.dataset.column === sort) head.setAttribute('aria-sort', order);
      else head.removeAttribute('aria-sort');
    }
  }
}
