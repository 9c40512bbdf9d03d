// SPDX-License-Identifier: MIT
// What can have a limit, in words.

const kMetrics = {
  cpu_percent: ['CPU load', '%'],
  memory_percent: ['Memory used', '%'],
  swap_percent: ['Swap used', '%'],
  load_per_cpu: ['Load per CPU', ''],
  filesystem_percent: ['File system used', '%'],
  disk_busy_percent: ['Disk busy', '%'],
  network_mb_per_s: ['Network traffic', 'MB/s'],
  process_cpu_percent: ['Process CPU', '%'],
  temperature_celsius: ['Temperature', '°C'],
};

export const metricName = (metric) => kMetrics[metric]?.[0] ?? metric.replaceAll('_', ' ');
export const unitOf = (metric) => kMetrics[metric]?.[1] ?? '';
