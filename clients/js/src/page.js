// SPDX-License-Identifier: MIT

/**
 * @typedef {object} PageListener
 * @property {() => void} onOnline the network may be back, or the page is looked at again
 * @property {(reason: string, options?: {keepalive: boolean}) => void} onAway nobody looks any more
 * @property {() => void} onBack
 */

/**
 * Tells what becomes of the page that this runs in; elsewhere, nothing. Returns how to stop.
 * @param {PageListener} listener @param {number | undefined} pauseHiddenAfterMs
 * @returns {() => void}
 */
export function watchPage({ onOnline, onAway, onBack }, pauseHiddenAfterMs) {
  if (typeof globalThis.addEventListener !== 'function') return () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const isHidden = () => globalThis.document?.visibilityState === 'hidden';
  /** @type {[EventTarget | undefined, string, (event: any) => void][]} */
  const watched = [
    [globalThis, 'online', onOnline],
    // The page may live on in the browser's memory, without connections, and come back.
    [globalThis, 'pagehide', () => onAway('the page was left', { keepalive: true })],
    [globalThis, 'pageshow', onBack],
    [globalThis.document, 'visibilitychange', () => {
      clearTimeout(timer);
      if (!isHidden()) {
        onBack();
        onOnline(); // a hidden page's timers are late
      } else if (pauseHiddenAfterMs !== undefined) {
        timer = setTimeout(() => onAway('the page is hidden'), pauseHiddenAfterMs);
      }
    }],
  ];
  for (const [target, event, listen] of watched) target?.addEventListener(event, listen);
  return () => {
    clearTimeout(timer);
    for (const [target, event, listen] of watched) target?.removeEventListener(event, listen);
  };
}
