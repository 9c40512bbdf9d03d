// SPDX-License-Identifier: MIT
// Debian's Chromium with a fresh profile, and pages that remember everything that went wrong in them.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.FRESHET_CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export class Browser {
  static async start() {
    if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: install chromium`);
    const profile = await mkdtemp(path.join(os.tmpdir(), 'freshet-browser-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: PROGRAM, headless: true, args: ARGUMENTS, viewport: null,
    });
    return new Browser(profile, context);
  }

  constructor(profile, context) {
    this.profile = profile;
    this.context = context;
  }

  /** Opens a page in a window of this size and colour scheme. */
  async open(url, { width = 1366, height = 900, colorScheme = 'light', reducedMotion = 'no-preference' } = {}) {
    const page = await this.context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion });
    const faults = new Faults(page, new URL(url).origin);
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`content policy: ${event.violatedDirective} forbids ${event.blockedURI}`));
    });
    await page.goto(url);
    return { page, faults };
  }

  async stop() {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What a page complained of. */
class Faults {
  constructor(page, origin) {
    this.list = [];
    page.on('console', (message) => message.type() === 'error' && this.list.push(message.text()));
    page.on('pageerror', (error) => this.list.push(String(error.stack)));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.list.push(`asks elsewhere: ${request.url()}`);
    });
  }

  /** All but those that a test provoked: answers other than 200, connections that were cut. */
  unprovoked() {
    return this.list.filter((text) => !text.startsWith('Failed to load resource:'));
  }
}
