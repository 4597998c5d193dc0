// Rows as a table that a terminal shows: one line each, columns aligned.

const HEAD = ['row', 'value', 'against', 'its value', 'ratio', 'p10', 'p90', 'target', 'met'];
const LEFT = new Set([0, 2]);

function figure(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}

const targetOf = ({ target }) => (target === null ? '-' : `≥ ${target.toFixed(2)}`);

const metOf = ({ met }) => (met === null ? '-' : met ? 'yes' : 'no');

const cellsOf = (row) => (row.notMeasured === undefined ? measured(row) : [row.id, 'not measured', row.against, '', '', '', '', targetOf(row), metOf(row)]);

const measured = (row) => [
  row.id,
  `${figure(row.value)} ${row.unit}`,
  row.against,
  figure(row.againstValue),
  row.ratio.toFixed(2),
  row.p10.toFixed(2),
  row.p90.toFixed(2),
  targetOf(row),
  metOf(row),
];

/** Below the table: what the figures do not say, each remark once with all its rows. */
function remarks(rows) {
  const about = new Map();
  for (const { id, note, notMeasured } of rows) {
    for (const text of [notMeasured === undefined ? undefined : `not measured: ${notMeasured}`, note]) {
      if (text !== undefined) about.set(text, [...(about.get(text) ?? []), id]);
    }
  }
  return [...about].map(([text, ids]) => `${ids.join(', ')}: ${text}`);
}

export function tableText(rows) {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  const pad = (text, column) => (LEFT.has(column) ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  return [...lines.map((cells) => cells.map(pad).join('  ').trimEnd()), ...remarks(rows)].join('\n');
}
