// What the world looks like where an action would act, read before it is assessed: the assessment itself looks at nothing.
import type { Surroundings } from '../work/types.ts';

export interface Facts {
  readonly surroundings: Surroundings;
}
