// Tasks and scripts of a project by names that say that they reach beyond it.
import type { Finding } from '../../../work/types.ts';
import { textOf } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { isGraveTask } from '../grave-words.ts';

/** Scripts and tasks by names that say that they reach beyond the workspace. */
const GRAVE_TASK =
  /^(deploy|publish|release|destroy|nuke|prod(uction)?|push|upload|rollback|wipe|purge|drop|promote|teardown)([-_:](?!notes).*)?$|:(prod(uction)?|deploy|publish)$/;

/** One that leaves the workspace, or takes away what is kept. */
export const isGrave = (word: string): boolean => GRAVE_TASK.test(word) || isGraveTask(word);

export function graveTask(call: Call): Finding[] {
  const texts = call.args.map((arg) => textOf(arg) ?? '');
  // The word after an option is more likely its value than a task.
  const words = texts.filter((word, at) => !word.startsWith('-') && texts[at - 1]?.startsWith('-') !== true);
  const task = words.slice(0, 3).find((word) => isGrave(word));
  const resets = words
    .slice(0, 3)
    .join(' ')
    .match(/\bmigrate reset\b|\bdb push\b/);
  return task === undefined && resets === null
    ? []
    : [found(call, 'HIGH', 'bash-grave-target', `${call.name} ${task ?? 'reset'} leaves the workspace, or takes away what is kept`)];
}
