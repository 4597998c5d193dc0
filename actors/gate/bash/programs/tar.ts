// tar: lists, packs or unpacks, and has options that run programs. Only what is listed is taken for harmless.
import type { Finding } from '../../../work/types.ts';
import { finding } from '../../verdict.ts';
import { type Arg, literalArg, textOf } from '../arg.ts';
import { type Call, found } from '../call.ts';
import { givenValue, hasOption, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';

const OPTIONS = `c x t r u A! f: C/ v z j J a k m o O p P! w W h S Z X< T<! I:! F:! g:! K: b: L: M! exclude: exclude-from< exclude-vcs strip-components: create extract get list append update verbose file: directory/ gzip bzip2 xz zstd lzma auto-compress
  keep-old-files keep-newer-files overwrite to-stdout totals wildcards no-same-owner no-same-permissions same-permissions preserve-permissions owner: group: mode: mtime: sort: numeric-owner transform: one-file-system no-recursion anchored dereference format: pax-option: help version
  checkpoint-action:! checkpoint:! to-command:! use-compress-program:! rsh-command:! rmt-command:! info-script:! new-volume-script:! absolute-names! remove-files! index-file:! files-from<! listed-incremental:! unlink-first! recursive-unlink! force-local! volno-file:!`;

/** The first word may be a cluster without a dash: `tar xzf file`. */
function dashed(args: readonly Arg[]): readonly Arg[] {
  const first = textOf(args[0]);
  if (first === undefined || args[0] === undefined || !/^[A-Za-z]+$/.test(first)) return args;
  const takes = [...first].filter((letter) => /[fCXTIFgKbL]/.test(letter)).length;
  if (takes <= 1 && /^[a-zA-Z]*[fCXTIFgKbL]?$/.test(first)) {
    const at = first.search(/[fCXTIFgKbL]/);
    // The letter that takes a value comes last, whatever its place, as its value is the next word.
    const ordered = at === -1 ? first : first.slice(0, at) + first.slice(at + 1) + first[at];
    return [literalArg(`-${ordered}`, args[0].span), ...args.slice(1)];
  }
  return [literalArg('--not-read', args[0].span), ...args.slice(1)];
}

export function judgeTar(call: Call): Finding[] {
  const words = readWords(dashed(call.args), OPTIONS);
  const lists = hasOption(words, 't', 'list') && !hasOption(words, 'c', 'x', 'create', 'extract', 'get', 'r', 'u', 'append', 'update');
  const makes = hasOption(words, 'c', 'create', 'r', 'append', 'u', 'update');
  const results = [found(call, lists ? 'LOW' : 'MEDIUM', lists ? 'bash-reads' : 'bash-command', lists ? 'tar lists an archive' : 'tar packs or unpacks files')];
  for (const arg of [...words.unlisted, ...words.dangerous])
    results.push(finding('HIGH', 'bash-option-unlisted', `tar: ${textOf(arg) ?? 'a word that may be an option'} is not known to be harmless`, arg.span));
  for (const { option, arg } of words.options)
    if (option.level !== undefined)
      results.push(finding('HIGH', 'bash-option-risky', `tar: ${textOf(arg) ?? 'an option'} runs a program, removes files, or leaves the folder`, arg.span));
  for (const { option, value: file } of words.options) {
    if ((option.name !== 'f' && option.name !== 'file') || file === undefined || textOf(file) === '-') continue;
    results.push(...pathFindings(file, makes ? 'write' : 'read', call.scope));
    if (file.texts.some((text) => text.includes(':'))) results.push(finding('HIGH', 'bash-sends', 'tar: an archive on another machine', file.span));
  }
  const folder = givenValue(words, 'C', 'directory');
  if (folder !== undefined) results.push(...pathFindings(folder, makes || lists ? 'read' : 'write', call.scope));
  if (makes) results.push(...words.operands.flatMap((arg) => pathFindings(arg, 'read', call.scope)));
  return results;
}
