// SPDX-License-Identifier: MIT
// From JSON Schemas of a service to TypeScript.
import { canonical } from './json.js';

const kIdentifier = /^[A-Za-z_$][\w$]*$/;
const kDepthMax = 64;

/** @typedef {{name: string, doc: string, params?: any, key: any, row: any}} Described */

/** @typedef {{definitions: Record<string, any>, isWritten: boolean}} Place what surrounds a schema */

/** The models of one service under names that are taken once each. */
class Models {
  /** @type {Map<string, {text: string}>} name -> what it is */
  #declared = new Map();
  #bigints;

  /** @param {boolean} bigints */
  constructor(bigints) {
    this.#bigints = bigints;
  }

  text() {
    return [...this.#declared.values()].map(({ text }) => text).join('\n');
  }

  /** The type of a whole schema document. @param {any} document @param {boolean} [isWritten] by clients */
  typeOf(document, isWritten = false) {
    return this.#type(document, { definitions: document.$defs ?? {}, isWritten }, 0);
  }

  /** @param {any} schema @param {Place} place @param {number} depth @returns {string} */
  #type(schema, place, depth) {
    if (depth > kDepthMax || schema === null || typeof schema !== 'object') return 'unknown';
    const inner = (/** @type {any} */ part) => this.#type(part, place, depth + 1);
    if (typeof schema.$ref === 'string') return this.#reference(schema.$ref, place, depth);
    const choices = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(choices)) return union(choices.map(inner));
    if ('const' in schema) return JSON.stringify(schema.const);
    if (Array.isArray(schema.enum)) return union(schema.enum.map((/** @type {unknown} */ each) => JSON.stringify(each)));
    if (Array.isArray(schema.type)) return union(schema.type.map((/** @type {string} */ type) => inner({ ...schema, type })));
    switch (schema.type) {
      case 'string':
      case 'boolean':
      case 'null':
        return schema.type;
      case 'number':
        return 'number';
      case 'integer':
        return this.#integer(schema);
      case 'array':
        return list(inner(schema.items ?? {}));
      case 'object':
        return this.#object(schema, place, depth);
      default:
        return 'unknown';
    }
  }

  /** @param {any} schema */
  #integer({ minimum = -Infinity, maximum = Infinity }) {
    const isSafe = minimum >= Number.MIN_SAFE_INTEGER && maximum <= Number.MAX_SAFE_INTEGER;
    return this.#bigints && !isSafe ? 'number | bigint' : 'number';
  }

  /** @param {string} reference @param {Place} place @param {number} depth */
  #reference(reference, place, depth) {
    const name = decodeURIComponent(reference.split('/').at(-1) ?? '').replace(/~1/g, '/').replace(/~0/g, '~');
    const target = place.definitions[name];
    return target === undefined ? 'unknown' : this.#type({ title: name, ...target }, place, depth + 1);
  }

  /** @param {any} schema @param {Place} place @param {number} depth */
  #object(schema, place, depth) {
    if (schema.properties === undefined) {
      const content = schema.additionalProperties;
      return `Record<string, ${content && content !== true ? this.#type(content, place, depth + 1) : 'unknown'}>`;
    }
    if (Object.keys(schema.properties).length === 0) return 'Record<string, never>';
    if (typeof schema.title !== 'string') return `{ ${this.#members(schema, place, depth).join(' ')} }`;
    return this.#model(schema, place, depth);
  }

  /** @param {any} schema @param {Place} place @param {number} depth */
  #model(schema, place, depth) {
    const required = new Set(schema.required ?? []);
    // What has a default is always there where it is read, and may be left out where it is written.
    const isLoose = place.isWritten && Object.keys(schema.properties).some((name) => !required.has(name));
    const wanted = typeName(schema.title) + (isLoose && !/param/i.test(schema.title) ? 'Input' : '');
    const same = canonical({ ...schema, $schema: undefined, $defs: undefined, isLoose });
    // Another model of the same name gets a number; the same one again is that.
    for (let number = 1; ; ++number) {
      const name = number === 1 ? wanted : `${wanted}${number}`;
      const known = this.#known.get(name);
      if (known === same) return name;
      if (known !== undefined) continue;
      this.#known.set(name, same); // before its members, which may refer to it
      const entry = { text: '' };
      this.#declared.set(name, entry);
      const members = this.#members(schema, place, depth).map((member) => indent(member, '  '));
      entry.text = `${comment(schema.description)}export interface ${name} {\n${members.join('\n')}\n}\n`;
      return name;
    }
  }

  /** @type {Map<string, string>} */
  #known = new Map();

  /** @param {any} schema @param {Place} place @param {number} depth */
  #members(schema, place, depth) {
    const required = new Set(schema.required ?? []);
    const written = Object.entries(schema.properties).filter(([, member]) => !(place.isWritten ? member.readOnly : member.writeOnly));
    const members = written.map(([name, member]) => {
      const mark = place.isWritten && !required.has(name) ? '?' : '';
      const readonly = member.readOnly ? 'readonly ' : '';
      return `${comment(member.description)}${readonly}${memberName(name)}${mark}: ${this.#type(member, place, depth + 1)};`;
    });
    return schema.additionalProperties === true ? [...members, '[member: string]: unknown;'] : members;
  }
}

/**
 * A module with every model of a service, and an interface `Service` for `new Freshet<Service>(...)`.
 * @param {{resources: Described[], inputs: Described[]}} described
 * @param {{origin?: string, bigints?: boolean}} [options]
 */
export function writeTypes({ resources, inputs }, { origin = '', bigints = false } = {}) {
  const models = new Models(bigints);
  const resourceLines = resources.flatMap(({ name, doc, params, key, row }) => [
    ...comment(doc).trimEnd().split('\n').filter(Boolean),
    `${memberName(name)}: { params: ${models.typeOf(params, true)}; key: ${models.typeOf(key)}; value: ${models.typeOf(row)} };`,
  ]);
  const inputLines = inputs.flatMap(({ name, doc, key, row }) => [
    ...comment(doc).trimEnd().split('\n').filter(Boolean),
    `${memberName(name)}: { key: ${models.typeOf(key, true)}; value: ${models.typeOf(row, true)} };`,
  ]);
  const block = (/** @type {string} */ name, /** @type {string[]} */ lines) =>
    lines.length === 0 ? `  ${name}: {};` : `  ${name}: {\n${lines.map((line) => `    ${line}`).join('\n')}\n  };`;
  const from = origin ? ` from ${origin}` : '';
  return `// Written by freshet-types${from}. Do not edit: run it again.\n\n${models.text()}\n`
    + '/** What the service has: `new Freshet<Service>(url)`. */\nexport interface Service {\n'
    + `${block('resources', resourceLines)}\n${block('inputs', inputLines)}\n}\n`;
}

/** @param {string[]} types */
function union(types) {
  return [...new Set(types)].join(' | ') || 'never';
}

/** @param {string} item */
function list(item) {
  return item.includes(' ') ? `Array<${item}>` : `${item}[]`;
}

/** @param {string} name of a model, as `greater_params` */
function typeName(name) {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('') || 'Model';
  return /^\d/.test(joined) ? `Model${joined}` : joined;
}

/** @param {string} name */
function memberName(name) {
  return kIdentifier.test(name) ? name : JSON.stringify(name);
}

/** @param {string | undefined} text */
function comment(text) {
  return text ? `/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n` : '';
}

/** @param {string} text @param {string} by */
function indent(text, by) {
  return text.split('\n').map((line) => by + line).join('\n');
}
