// Where `cd` leads: the folders that a later relative path may be relative to.
import type { Statement } from 'unbash';
import { HOME, resolvePath } from '../file/resolve-path.ts';
import { type Arg, textOf } from './arg.ts';
import { eitherFolder, type Scope } from './scope.ts';
import { argOf } from './words.ts';

const CHANGES_FOLDER = /^(cd|pushd|popd|chdir)$/;
/** These do, or run what does. */
const CHANGERS: ReadonlySet<string> = new Set(['cd', 'pushd', 'popd', 'chdir', 'command', 'builtin']);
/** A name as the parser reads it: one that holds an expansion may turn out to be any of these. */
const MAY_CHANGE_FOLDER = /^(cd|pushd|popd|chdir|command|builtin)$|[^\w./-]/;

function target(args: readonly Arg[]): Arg | 'home' | undefined {
  const operands = args.filter((arg) => !/^-[LPe@]+$|^--$/.test(textOf(arg) ?? ''));
  if (operands.length === 0) return 'home';
  return operands.length === 1 ? operands[0] : undefined;
}

/** Undefined when the command is no `cd`. */
export function changedFolder(command: Statement['command'], scope: Scope): { readonly folders: Scope['folders'] } | undefined {
  const node = command.type === 'Pipeline' && command.commands.length === 1 ? command.commands[0] : command;
  if (node?.type !== 'Command' || node.name === undefined) return undefined;
  const { parts, value } = node.name;
  if (parts === undefined ? !CHANGERS.has(value) : !MAY_CHANGE_FOLDER.test(value)) return undefined;
  const words = [node.name, ...node.args.filter((arg) => arg.type === 'Word')].map((word) => argOf(word, scope));
  while (/^(command|builtin)$/.test(textOf(words[0]) ?? '')) words.shift();
  const name = textOf(words[0]) ?? '';
  if (!CHANGES_FOLDER.test(name)) return undefined;
  const to = target(words.slice(1));
  if (name === 'popd' || to === undefined) return { folders: undefined };
  if (to === 'home') return { folders: name === 'pushd' ? undefined : [HOME] };
  const uncertain = !to.exact || to.glob || to.texts.length === 0 || to.texts.some((text) => /^([-+]|~[-+\d])/.test(text));
  if (uncertain || scope.folders === undefined) return { folders: uncertain || to.texts.some((text) => !text.startsWith('/')) ? undefined : to.texts };
  return { folders: scope.folders.map((folder) => to.texts.map((text) => resolvePath(folder, text))).reduce<Scope['folders']>((all, each) => eitherFolder(all, each), []) };
}
