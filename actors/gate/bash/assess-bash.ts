// BASH_COMMAND: the text, then its tree. LOW only when every part of it was proven to read and nothing more.
import { posix } from 'node:path';
import type { BashPayload, Finding } from '../../work/types.ts';
import { hiddenCharacter, isAscii, lookAlike } from '../characters.ts';
import { pathTextFindings } from '../file/assess-file.ts';
import type { Places } from '../file/places.ts';
import { resolvePath } from '../file/resolve-path.ts';
import type { Grammars } from '../grammars.ts';
import type { Census } from '../parse/census.ts';
import { parseBash } from '../parse/parse-bash.ts';
import { finding } from '../verdict.ts';
import type { Span } from './arg.ts';
import { variablesOf } from './assignment-risk.ts';
import { commandFindings, knownCommand } from './command-risk.ts';
import type { Judgement, Scope } from './scope.ts';
import { scriptFindings } from './script-risk.ts';

const DEEPEST_TEXT = 4;
const MOST_JUDGED = 100;
/** As many as a few hundred words of a loop can mean. */
const MOST_PLACES = 2_000;

/** With what this text gives its variables and functions, whatever the order: a name that is a function somewhere is never only a command. */
function knowing(scope: Scope, { settings, functions }: Census): Scope {
  if (settings.length === 0 && functions.length === 0) return scope;
  return { ...scope, variables: variablesOf(settings, scope), functions: new Set([...scope.functions, ...functions]) };
}

function sourceFindings(source: string, scope: Scope, place?: Span): Finding[] {
  const within = (span?: Span): Span | undefined => place ?? span;
  const ascii = isAscii(source);
  const hidden = ascii ? undefined : hiddenCharacter(source);
  if (hidden !== undefined) return [finding('HIGH', 'hidden-character', `the command holds ${hidden.name}`, within([hidden.at, hidden.at + 1]))];
  const parsed = parseBash(source);
  if (!parsed.ok) return [finding('HIGH', parsed.rule, parsed.why, within(parsed.at === undefined ? undefined : [parsed.at, parsed.at + 1]))];
  if (parsed.script.commands.length === 0) return [finding('HIGH', 'bash-nothing', 'holds no command', within([0, source.length]))];
  const found = scriptFindings(parsed.script, knowing(scope, parsed.census));
  const alike = ascii ? undefined : lookAlike(source);
  if (alike !== undefined) found.push(finding('MEDIUM', 'look-alike', 'holds characters that look like others', [alike, alike + 1]));
  return place === undefined ? found : found.map((each) => ({ ...each, span: place }));
}

const judge: Judgement = {
  knows: (word) => knownCommand(posix.basename(word)) !== undefined,
  command: (args, scope, span) => commandFindings(args, scope, span),
  script: (source, scope, span) =>
    scope.depth >= DEEPEST_TEXT
      ? [finding('HIGH', 'bash-too-deep', 'scripts within scripts within scripts', span)]
      : sourceFindings(source, { ...scope, depth: scope.depth + 1 }, span),
};

/** What no single command shows: more than is judged, or a text that is fetched or written, and then run. */
function togetherFindings(found: readonly Finding[], { touched, budget }: Scope): Finding[] {
  if (budget.places < 0) return [finding('HIGH', 'bash-too-long', 'is too complex to assess: may mean more places than are judged')];
  const runs = found.find(({ rule }) => rule === 'bash-runs-file' || rule === 'bash-interpreter');
  if (runs === undefined) return [];
  const fetched = found.some(({ rule }) => rule === 'bash-network');
  if (fetched) return [finding('HIGH', 'bash-fetches-and-runs', 'fetches from the network, and runs a file', runs.span)];
  const run = new Set(touched.run);
  const own = touched.written.find((path) => run.has(path));
  return own === undefined ? [] : [finding('HIGH', 'bash-writes-and-runs', `writes ${own}, and runs it`, runs.span)];
}

const NO_VARIABLES: Scope['variables'] = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();

/** `commands` gets the words of every command in it. */
export function assessBash(payload: BashPayload, places: Places, grammars: Grammars, commands?: string[][]): Finding[] {
  const command: unknown = payload.command;
  if (typeof command !== 'string') return [finding('HIGH', 'bash-nothing', 'holds no command')];
  const { workspace } = places;
  const folder = payload.cwd === undefined ? workspace : payload.cwd;
  const odd = payload.cwd === undefined ? [] : pathTextFindings(folder);
  if (odd.length > 0) return odd;
  const { level, kind, why } = places.risk(workspace, folder, 'names');
  const place = level === 'LOW' ? [] : [finding(level, `bash-folder-${kind}`, `runs in ${folder}: ${why}`)];
  const scope: Scope = {
    places,
    grammars,
    folders: [resolvePath(workspace, folder)],
    variables: NO_VARIABLES,
    loops: NO_NAMES,
    functions: NO_NAMES,
    depth: 0,
    budget: { left: MOST_JUDGED, places: MOST_PLACES },
    touched: { written: [], run: [] },
    commands,
    judge,
  };
  const found = sourceFindings(command, scope);
  found.unshift(...place);
  found.push(...togetherFindings(found, scope));
  return found;
}
