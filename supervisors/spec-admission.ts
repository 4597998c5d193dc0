// Whether a child spec that came in at run time may be started here: an expected no, told to the asker, never a throw.
import { checkChildSpec } from '../runtime/check-child-spec.ts';
import type { ChildSpec } from '../runtime/index.ts';

/** What is wrong with it; undefined when nothing is. */
export function admitSpec(spec: ChildSpec, significant: boolean): string | undefined {
  try {
    checkChildSpec(spec);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return spec.significant && !significant ? `${spec.id}.significant: needs autoShutdown 'any_significant' or 'all_significant'` : undefined;
}
