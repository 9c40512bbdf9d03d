// SPDX-License-Identifier: MIT
import {make} from './element.js';
import {metricName, metricPlace, unitOf} from './metrics.js';
import {client} from './service.js';

const kLevels = ['warning', 'critical'];

/**
 * The limits as a form. A field is sent when it is left; what the server says against it stands beside it. A field that is
 * being edited is not overwritten when somebody else changes the limit meanwhile.
 */
export class LimitForm {
  #form;
  #groups = new Map(); // metric -> {group, inputs, note}
  #limits = new Map();

  constructor(form) {
    this.#form = form;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      document.activeElement?.blur();
    });
  }

  render(limits) {
    limits.sort((a, b) => metricPlace(a.metric) - metricPlace(b.metric));
    this.#limits = new Map(limits.map((limit) => [limit.metric, limit]));
    for (const [metric, {group}] of this.#groups) {
      if (!this.#limits.has(metric)) {
        group.remove();
        this.#groups.delete(metric);
      }
    }
    for (const limit of limits) {
      const {inputs} = this.#groups.get(limit.metric) ?? this.#add(limit.metric);
      for (const level of kLevels) this.#show(inputs[level], limit[level]);
    }
  }

  #show(input, value) {
    const edited = document.activeElement === input || input.getAttribute('aria-invalid') === 'true';
    if (edited && input.value !== input.dataset.stored) return;
    input.value = input.dataset.stored = String(value);
  }

  #add(metric) {
    const id = `limit-${metric}`;
    const note = make('p', {className: 'problem', id: `${id}-problem`});
    note.setAttribute('role', 'alert');
    const inputs = {};
    const fields = kLevels.map((level) => {
      const input = inputs[level] = make('input', {type: 'text', inputMode: 'decimal', autocomplete: 'off', id: `${id}-${level}`});
      input.setAttribute('aria-describedby', note.id);
      input.addEventListener('change', () => this.#save(metric, level));
      input.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') this.#forget(metric);
      });
      return make('label', {className: level}, make('span', {textContent: level}), input);
    });
    const unit = unitOf(metric);
    const group = make('fieldset', {}, make('legend', {textContent: metricName(metric) + (unit && `, ${unit}`)}), ...fields, note);
    group.dataset.metric = metric;
    this.#form.append(group);
    const entry = {group, inputs, note};
    this.#groups.set(metric, entry);
    return entry;
  }

  /** Takes back what was typed. */
  #forget(metric) {
    const {inputs} = this.#groups.get(metric);
    for (const input of Object.values(inputs)) input.value = input.dataset.stored;
    this.#complain(metric, null);
  }

  async #save(metric, level) {
    const {group, inputs} = this.#groups.get(metric);
    const limit = {...this.#limits.get(metric)};
    for (const each of kLevels) limit[each] = numberOf(inputs[each].value);
    group.dataset.state = 'saving';
    try {
      await client.write({limits: [[metric, [limit]]]});
      for (const input of Object.values(inputs)) input.dataset.stored = input.value;
      this.#complain(metric, null);
      group.dataset.state = 'saved';
      setTimeout(() => delete group.dataset.state, 1500);
    } catch (error) {
      delete group.dataset.state;
      this.#complain(metric, error, level);
    }
  }

  #complain(metric, error, level) {
    const {inputs, note} = this.#groups.get(metric);
    const named = kLevels.find((each) => error?.path.endsWith(`.${each}`)) ?? level;
    for (const each of kLevels) inputs[each].setAttribute('aria-invalid', String(error !== null && each === named));
    note.textContent = error === null ? '' : error.status ? error.message : 'The server cannot be reached. Nothing was changed.';
  }
}

/** A number if it is one (a comma will do); else the text as it is, so that the server says what is wrong with it. */
function numberOf(text) {
  const number = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
