// SPDX-License-Identifier: MIT
// What can have a limit, in words; in the order in which the form shows it.

const kMetrics = {
  cpu_percent: ['CPU load', '%'],
  memory_percent: ['Memory used', '%'],
  swap_percent: ['Swap used', '%'],
  filesystem_percent: ['File system used', '%'],
  disk_busy_percent: ['Disk busy', '%'],
  network_mb_per_s: ['Network traffic', 'MB/s'],
  process_cpu_percent: ['One process', '% of a CPU'],
  load_per_cpu: ['Load per CPU', ''],
  temperature_celsius: ['Temperature', '°C'],
};

export const metricName = (metric) => kMetrics[metric]?.[0] ?? metric.replaceAll('_', ' ');
export const unitOf = (metric) => kMetrics[metric]?.[1] ?? '';
export const withUnit = (metric, value) => `${value} ${unitOf(metric)}`.trim();

const places = Object.keys(kMetrics);
export const metricPlace = (metric) => (places.includes(metric) ? places.indexOf(metric) : places.length);
