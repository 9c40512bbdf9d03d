// SPDX-License-Identifier: MIT
import {Freshet} from './freshet/index.js';

// A browser keeps at most six connections to one host: a page that nobody looks at gives its own back.
export const client = new Freshet('.', {pauseHiddenAfterMs: 20_000});
