// SPDX-License-Identifier: MIT
// Figures as people read them. Pure functions of numbers.

function scaled(value, step, units) {
  let unit = 0;
  while (Math.abs(value) >= step && unit < units.length - 1) {
    value /= step;
    ++unit;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export const bytes = (value) => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
export const rate = (bytesPerSecond) => scaled(bytesPerSecond, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s']);
export const percent = (value) => `${value.toFixed(value < 10 ? 1 : 0)} %`;

export function duration(seconds) {
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2)
    .map(([size, unit], i) => [Math.floor((i === 0 ? seconds : seconds % parts[first][0]) / size), unit])
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`).join(' ');
}
