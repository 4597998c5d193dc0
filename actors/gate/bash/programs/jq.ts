// jq: filters compute from their input, but for the few that look at the environment or load modules.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { textOf } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { pathFindings } from '../path-use.ts';
import { isSecretVariable } from '../variables.ts';

const FLAGS =
  /^(-[acCeMnrRsSjh]+|--(compact-output|color-output|monochrome-output|exit-status|null-input|raw-input|raw-output|raw-output0|join-output|slurp|sort-keys|tab|ascii-output|stream|stream-errors|seq|unbuffered|help|version|args|jsonargs))$/;
const TAKES = new Map([
  ['--arg', 2],
  ['--argjson', 2],
  ['--indent', 1],
]);
const TAKES_FILE = new Set(['--slurpfile', '--rawfile']);
const LOOKS_OUTSIDE =
  /\b(env|\$ENV|input_filename|inputs?|import|include|modulemeta|get_search_list|debug|stderr|halt_error|\$__prog_args|limit_env|getpath_env|now_env)\b|\$ENV|\binclude\b|\bimport\b/;

const showsSecret = (filter: string): boolean => [...filter.matchAll(/(?:\$ENV|\benv)\.(\w+)/g)].some(([, name = '']) => isSecretVariable(name));

export function judgeJq(call: Call): Finding[] {
  const results = [found(call, 'LOW', 'bash-reads', 'jq computes from its input')];
  let filter = false;
  for (let at = 0; at < call.args.length; at += 1) {
    const arg = call.args[at];
    if (arg === undefined) break;
    const text = textOf(arg);
    if (text !== undefined && (FLAGS.test(text) || text === '--')) continue;
    if (text !== undefined && TAKES.has(text)) {
      const taken = call.args.slice(at + 1, at + 1 + (TAKES.get(text) ?? 0));
      if (taken.some((each) => !each.exact)) results.push(finding('MEDIUM', 'bash-value-unknown', `jq ${text}: a value that is known only when it runs`, arg.span));
      at += taken.length;
    } else if (text !== undefined && TAKES_FILE.has(text)) {
      const file = call.args[at + 2];
      if (file !== undefined) results.push(...pathFindings(file, 'read', call.scope));
      at += 2;
    } else if (text?.startsWith('-') === true && text !== '-') results.push(finding('HIGH', 'bash-option-unlisted', `jq: ${text} is not known to be harmless`, arg.span));
    else if (filter) results.push(...(text === '-' ? [] : pathFindings(arg, 'read', call.scope)));
    else {
      filter = true;
      if (text === undefined) results.push(finding('MEDIUM', 'bash-value-unknown', 'jq: a filter that is known only when it runs', arg.span));
      else if (showsSecret(text)) results.push(finding('HIGH', 'bash-secret-variable', 'jq: a filter that shows a variable that may hold a secret', arg.span));
      else if (LOOKS_OUTSIDE.test(text)) results.push(finding('MEDIUM', 'bash-jq-filter', 'jq: a filter that looks at the environment or at more input', arg.span));
    }
  }
  return results;
}
