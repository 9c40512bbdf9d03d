// SPDX-License-Identifier: MIT
export { Freshet } from './client.js';
export { FreshetError } from './error.js';
