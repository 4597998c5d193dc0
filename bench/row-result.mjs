// The arithmetic of a row: pairs of samples taken one right after the other become ratios, and their median decides.
// Ratios are always so that higher is better. Fewer than nine pairs are no measurement.
import { sized } from './extent.mjs';

export const FEWEST_PAIRS = sized(9, 1);

/** Between the two nearest ranks, linearly. `share` in [0, 1]. */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError('a quantile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** The ratio of each pair; against a limit, the limit stands in for the peer. */
function ratiosOf(row, samples) {
  if (row.limit !== undefined) return samples.ours.map((ours) => row.limit / ours);
  if (samples.peer?.length !== samples.ours.length) throw new RangeError(`${row.id}: ${samples.ours.length} samples against ${samples.peer?.length ?? 0} of its peer`);
  return samples.ours.map((ours, pair) => (row.better === 'lower' ? samples.peer[pair] / ours : ours / samples.peer[pair]));
}

/** A row as printed. `samples` is `{ours, peer?}`, pair by pair. One without a target is a report, met or not by nobody. */
export function rowResult(row, samples) {
  if (samples === undefined) throw new RangeError(`${row.id}: no samples`);
  const ratios = ratiosOf(row, samples);
  if (ratios.length < FEWEST_PAIRS) throw new RangeError(`${row.id}: ${ratios.length} samples, at least ${FEWEST_PAIRS} are needed`);
  const ratio = median(ratios);
  if (!Number.isFinite(ratio)) throw new RangeError(`${row.id}: a ratio that is no number`);
  const measured = { value: median(samples.ours), againstValue: row.limit ?? median(samples.peer), ratio, p10: quantile(ratios, 0.1), p90: quantile(ratios, 0.9) };
  return { ...named(row), ...measured, pairs: ratios.length, met: row.target === undefined ? null : ratio >= row.target };
}

/** A row whose peer is not here: it has no figures, and a target that nothing was held against is not met. */
export function rowLeftOut(row, notMeasured) {
  return { ...named(row), value: null, againstValue: null, ratio: null, p10: null, p90: null, pairs: 0, met: row.target === undefined ? null : false, notMeasured };
}

const named = ({ id, unit, against, target, note }) => ({ id, unit, against, target: target ?? null, ...(note === undefined ? {} : { note }) });
