// SPDX-License-Identifier: MIT

const kRetryAfterMsMax = 3_600_000;

/**
 * @typedef {object} ErrorFields
 * @property {number} [status]
 * @property {string} code
 * @property {string} primary
 * @property {string} [detail]
 * @property {string} [hint]
 * @property {string} [path]
 * @property {number} [retryAfterMs]
 * @property {unknown} [cause]
 */

/** What went wrong, in the service's words where it is the service that refused. */
export class FreshetError extends Error {
  /** @param {ErrorFields} fields */
  constructor({ status = 0, code, primary, detail = '', hint = '', path = '', retryAfterMs, cause }) {
    super([primary, detail].filter(Boolean).join(': '), cause === undefined ? undefined : { cause });
    this.name = 'FreshetError';
    this.status = status;
    this.code = code;
    this.primary = primary;
    this.detail = detail;
    this.hint = hint;
    this.path = path;
    /** @type {number | undefined} */
    this.retryAfterMs = retryAfterMs;
  }
}

/** @param {unknown} error @returns {FreshetError} */
export function asFreshetError(error) {
  if (error instanceof FreshetError) return error;
  return new FreshetError({
    code: 'unreachable', primary: 'the service cannot be reached', detail: describe(error), cause: error,
  });
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  // Node's fetch says no more than "fetch failed"; why stands in its cause.
  return error.cause instanceof Error && error.cause.message ? `${error.message} (${error.cause.message})` : error.message;
}

/**
 * A refusal of the service: a problem document (RFC 9457), or whatever a proxy between put in its place.
 * @param {number} status
 * @param {unknown} problem
 * @param {string | null} [retryAfter]
 */
export function problemError(status, problem, retryAfter = null) {
  const fields = /** @type {Record<string, unknown>} */ (problem !== null && typeof problem === 'object' ? problem : {});
  const text = (/** @type {string} */ name) => (typeof fields[name] === 'string' ? /** @type {string} */ (fields[name]) : '');
  return new FreshetError({
    status,
    code: text('code') || `http_${status}`,
    primary: text('primary') || text('title') || `the service answered ${status}`,
    detail: text('detail'),
    hint: text('hint'),
    path: text('path'),
    retryAfterMs: retryAfterMs(retryAfter),
  });
}

/** @param {string | null} value seconds, or a date */
function retryAfterMs(value) {
  if (!value) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(0, delay), kRetryAfterMsMax);
}

/**
 * Whether asking again can help: the service was not there, was overloaded, or failed. What it refuses for the caller's or
 * the request's sake it will refuse again.
 * @param {FreshetError} error
 */
export function isPassing(error) {
  if (error.status === 0) return error.code === 'unreachable' || error.code === 'timeout';
  return error.status >= 500 || error.status === 408 || error.status === 425 || error.status === 429;
}
