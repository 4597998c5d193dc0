// Programs that change files. MEDIUM inside the workspace; what removes whole trees, changes rights widely, or touches disks is more.
import type { Finding } from '../../../work/types.ts';
import { isBuildFile, isHarmlessDevice } from '../../file/sensitive-places.ts';
import { finding } from '../../verdict.ts';
import { argAfter, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge, judgeByRule, looseFindings } from '../call.ts';
import { givenValue, hasOption, type ReadWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { judgeTar } from '../programs/tar.ts';

const HELP = 'help version';

/** With everything below: of the machine or a home it is the end of it. */
function treeChange(words: ReadWords, call: Call, what: string): Finding[] {
  const results = [found(call, 'HIGH', 'bash-recursive', `${call.name} ${what} whole trees`)];
  for (const arg of words.operands) for (const each of pathFindings(arg, 'delete', call.scope)) if (each.level === 'CRITICAL') results.push(each);
  return results;
}

function removal(words: ReadWords, call: Call): Finding[] {
  const rootsToo = hasOption(words, 'no-preserve-root') ? [found(call, 'CRITICAL', 'bash-recursive', 'rm may remove the root itself')] : [];
  return hasOption(words, 'r', 'R', 'recursive') ? [...rootsToo, ...treeChange(words, call, 'removes')] : rootsToo;
}

function rightsChange(words: ReadWords, call: Call): Finding[] {
  const targets = { ...words, operands: words.operands.slice(1) };
  const results = hasOption(words, 'R', 'recursive') ? treeChange(targets, call, 'changes the rights of') : [];
  const vital = targets.operands.flatMap((arg) => pathFindings(arg, 'delete', call.scope)).filter(({ level }) => level === 'CRITICAL');
  if (results.length === 0) results.push(...vital);
  return [...results, ...modeFindings(textOf(words.operands[0]) ?? '', call)];
}

function modeFindings(mode: string, call: Call): Finding[] {
  const results: Finding[] = [];
  if (/^[0-7]?[0-7][0-7][2367]$/.test(mode) || /^(a|o|ugo|go|uo)?[+=][rwxXst]*w/.test(mode)) results.push(found(call, 'HIGH', 'bash-rights-for-all', 'lets everybody write'));
  if (/^[2467][0-7]{3}$/.test(mode) || /[+=][rwxX]*s/.test(mode)) results.push(found(call, 'HIGH', 'bash-rights-of-owner', 'lets others run it with the rights of its owner'));
  return results;
}

const intoNowhere = (words: ReadWords, call: Call): Finding[] =>
  words.operands.slice(1).some((arg) => arg.texts.some(isHarmlessDevice)) ? [found(call, 'HIGH', 'bash-recursive', 'moves it where nothing is kept')] : [];

/** Of a file, nothing is left. */
const fromNowhere = (words: ReadWords, call: Call): Finding[] =>
  words.operands.slice(0, -1).some((arg) => arg.texts.some(isHarmlessDevice)) ? [found(call, 'HIGH', 'bash-recursive', 'replaces a file by nothing')] : [];

const buildFiles = (words: ReadWords, call: Call): Finding[] =>
  words.operands.some((arg) => arg.texts.some(isBuildFile)) ? [found(call, 'HIGH', 'bash-redirect-build-file', 'writes a file that later builds and tests obey')] : [];

/** A link out of the workspace makes every later path through it look like one inside. */
function linkTarget(words: ReadWords, call: Call): Finding[] {
  const targets = words.operands.length > 1 ? words.operands.slice(0, -1) : words.operands;
  return targets.flatMap((arg) => pathFindings(arg, 'write', call.scope)).filter(({ level }) => level === 'HIGH' || level === 'CRITICAL');
}

function judgeDd(call: Call): Finding[] {
  const blanks = call.args.some((arg) => arg.texts.some((text) => /^if=\/dev\/(zero|u?random|full)/.test(text)));
  const results = [found(call, blanks ? 'HIGH' : 'MEDIUM', 'bash-command', blanks ? 'dd overwrites with nothing' : 'dd copies bytes')];
  for (const arg of call.args) {
    const name = /^([a-z]+)=/.exec(arg.start)?.[1];
    if (name === 'of') results.push(...pathFindings(argAfter(arg, 3), 'write', call.scope));
    else if (name === 'if') results.push(...pathFindings(argAfter(arg, 3), 'read', call.scope));
    else if (name === undefined || !arg.exact) results.push(finding('HIGH', 'bash-option-unlisted', `dd: ${textOf(arg) ?? 'a word'} is not known to be harmless`, arg.span));
  }
  return results;
}

function disks(call: Call): Finding[] {
  const operands = call.args.filter((arg) => !arg.start.startsWith('-'));
  const results = operands.flatMap((arg) => pathFindings(arg, 'delete', call.scope)).filter(({ level }) => level === 'CRITICAL');
  return [found(call, 'HIGH', 'bash-disk', `${call.name} changes disks`), ...results];
}

export const disk = (level: 'HIGH' | 'CRITICAL') => (call: Call) => [found(call, level, 'bash-disk', `${call.name} changes disks`), ...disks(call)];

function judgeRsync(call: Call): Finding[] {
  const risky = call.args.filter(
    (arg) =>
      /^(-e|--rsh|--rsync-path|--delete|--remove-source-files|--files-from|--include-from|--exclude-from|--password-file|--daemon|--config|--write-batch|--log-file|--del)/.test(
        arg.start,
      ) || /^-[a-zA-Z]*e/.test(arg.start),
  );
  const remote = call.args.some((arg) => arg.texts.some((text) => /^[^/]*:/.test(text) && !text.startsWith('-')));
  const results = [
    found(call, 'MEDIUM', 'bash-command', 'rsync copies files'),
    ...risky.map((arg) => finding('HIGH', 'bash-option-risky', `rsync: ${textOf(arg) ?? 'a word'} runs a program, or removes files`, arg.span)),
  ];
  if (remote) results.push(found(call, 'HIGH', 'bash-sends', 'rsync talks to another machine'));
  const paths = call.args.filter((arg) => !arg.start.startsWith('-'));
  const removes = call.args.some((arg) => arg.start.startsWith('--del'));
  const emptied = removes
    ? paths
        .slice(-1)
        .flatMap((arg) => pathFindings(arg, 'delete', call.scope))
        .filter(({ level }) => level === 'CRITICAL')
    : [];
  return [...results, ...emptied, ...paths.flatMap((arg, at) => pathFindings(arg, at === paths.length - 1 ? 'write' : 'read', call.scope))];
}

function archive(risky: string): Judge {
  const patterns = risky.split(' ').map((option) => new RegExp(option.startsWith('--') ? `^${option}` : `^-[a-zA-Z]*${option.slice(1)}`));
  return (call) => {
    const bad = call.args.filter((arg) => patterns.some((pattern) => pattern.test(arg.start)));
    const unknown = call.args.filter((arg) => !arg.exact || (arg.glob && /^[*?[]/.test(arg.texts[0] ?? '')));
    return [
      found(call, 'MEDIUM', 'bash-command', `${call.name} packs or unpacks files`),
      ...bad.map((arg) => finding('HIGH', 'bash-option-risky', `${call.name}: ${textOf(arg) ?? 'a word'} runs a program or removes files`, arg.span)),
      ...unknown.map((arg) => finding('HIGH', 'bash-value-unknown', `${call.name}: a word that may be an option`, arg.span)),
      ...looseFindings(call.args, call),
    ];
  };
}

function judgeMount(call: Call): Finding[] {
  return [found(call, call.args.length === 0 ? 'MEDIUM' : 'HIGH', 'bash-system', 'mount shows or changes what is mounted')];
}

export const FILES: CommandTable = {
  cp: {
    level: 'MEDIUM',
    why: 'copies files',
    options: `a b d f i H l L n p P r R s S: t> T u v x Z archive backup? force interactive link dereference no-clobber no-dereference preserve? parents recursive reflink? sparse: strip-trailing-slashes symbolic-link suffix: target-directory> no-target-directory update? verbose one-file-system ${HELP}`,
    operands: 'read* write',
    also: fromNowhere,
  },
  mv: {
    level: 'MEDIUM',
    why: 'moves files',
    options: `b f i n S: t> T u v Z backup? force interactive no-clobber strip-trailing-slashes suffix: target-directory> no-target-directory update? verbose ${HELP}`,
    operands: 'delete* write',
    also: intoNowhere,
  },
  mkdir: { level: 'MEDIUM', why: 'makes folders', options: `m: p v Z mode: parents verbose ${HELP}`, operands: 'write*' },
  touch: { level: 'MEDIUM', why: 'makes files or sets their times', options: `a c d: f h m r/ t: date: no-create no-dereference reference/ time: ${HELP}`, operands: 'write*' },
  ln: {
    level: 'MEDIUM',
    why: 'makes links',
    options: `b d F f i L n P r s S: t> T v symbolic force relative no-dereference verbose target-directory> no-target-directory backup? ${HELP}`,
    operands: 'names* write',
    also: linkTarget,
  },
  rm: {
    level: 'MEDIUM',
    why: 'removes files',
    options: `f i I r R d v recursive force interactive? dir verbose one-file-system preserve-root? no-preserve-root ${HELP}`,
    unlisted: 'HIGH',
    operands: 'delete*',
    also: removal,
  },
  unlink: { level: 'MEDIUM', why: 'removes a file', operands: 'delete*' },
  rmdir: { level: 'MEDIUM', why: 'removes empty folders', options: `p v parents verbose ignore-fail-on-non-empty ${HELP}`, operands: 'delete*' },
  rimraf: { level: 'HIGH', why: 'removes whole trees', operands: 'delete*' },
  truncate: { level: 'HIGH', why: 'cuts files off', options: `c o r/ s: no-create io-blocks reference/ size: ${HELP}`, operands: 'write*' },
  tee: { level: 'MEDIUM', why: 'writes what it reads', options: `a i p append ignore-interrupts output-error? ${HELP}`, operands: 'write*', also: buildFiles },
  split: {
    level: 'MEDIUM',
    why: 'writes pieces of a file',
    options: `a: b: C: d l: n: x e t: u verbose suffix-length: bytes: lines: number: numeric-suffixes? hex-suffixes? additional-suffix: filter:! ${HELP}`,
    unlisted: 'HIGH',
    operands: 'read write',
  },
  csplit: { level: 'MEDIUM', why: 'writes pieces of a file', options: 'b: f: k n: s z', operands: 'read text*' },
  install: {
    level: 'MEDIUM',
    why: 'copies files and sets their rights',
    options: `b c C d D g:! m: o:! p s S: t> T v mode: owner:! group:! strip-program:! directory verbose ${HELP}`,
    unlisted: 'HIGH',
    operands: 'read* write',
    also: (words, call) => modeFindings(textOf(givenValue(words, 'm', 'mode')) ?? '', call),
  },
  mktemp: { level: 'MEDIUM', why: 'makes a file for a short time', options: `d q u t p? directory quiet dry-run suffix: tmpdir? ${HELP}`, operands: 'write*' },
  chmod: {
    level: 'MEDIUM',
    why: 'changes rights',
    options: `c f v R changes quiet silent verbose recursive reference/ preserve-root no-preserve-root! ${HELP}`,
    operands: 'text write*',
    also: rightsChange,
  },
  chown: { level: 'HIGH', why: 'changes owners', options: `c f v R h recursive`, operands: 'text write*', also: rightsChange },
  chgrp: { level: 'HIGH', why: 'changes owners', options: `c f v R h recursive`, operands: 'text write*', also: rightsChange },
  chattr: { level: 'HIGH', why: 'changes rights', operands: 'text write*' },
  setfacl: { level: 'HIGH', why: 'changes rights', operands: 'text write*' },
  setcap: { level: 'HIGH', why: 'changes rights', operands: 'text write*' },
  patch: {
    level: 'MEDIUM',
    why: 'changes files',
    options: 'p: i< R N E s b l t dry-run strip: input< reverse forward quiet silent verbose d>! o>! D:! e!',
    unlisted: 'HIGH',
    operands: 'write read',
  },
  dd: judgeDd,
  shred: (call) => [...judgeByRule({ level: 'HIGH', why: 'destroys files', options: 'f n: s: u v x z', operands: 'delete*' }, call)],
  tar: judgeTar,
  bsdtar: judgeTar,
  zip: archive('-T -TT -m --unzip-command --test --move --delete -d'),
  unzip: archive('-d -P -: -o'),
  '7z': archive('-sdel -so'),
  gzip: archive('--suffix -S'),
  gunzip: archive('--suffix -S'),
  bzip2: archive('--exclude'),
  bunzip2: archive('--exclude'),
  xz: archive('--files --files0'),
  unxz: archive('--files --files0'),
  zstd: archive('--filelist --rm'),
  cpio: archive('-i -o -p --rsh-command --to-stdout -F -I -O'),
  ar: archive('--plugin'),
  rsync: judgeRsync,
  mount: judgeMount,
  umount: judgeMount,
  ...Object.fromEntries(
    [
      'mkfs',
      'mkfs.ext2',
      'mkfs.ext3',
      'mkfs.ext4',
      'mkfs.xfs',
      'mkfs.btrfs',
      'mkfs.vfat',
      'mkfs.fat',
      'mkfs.ntfs',
      'mke2fs',
      'wipefs',
      'blkdiscard',
      'mkswap',
      'sgdisk',
      'hdparm',
      'badblocks',
    ].map((name) => [name, disk('CRITICAL')]),
  ),
  ...Object.fromEntries(
    [
      'sfdisk',
      'cfdisk',
      'gdisk',
      'fsck',
      'e2fsck',
      'resize2fs',
      'tune2fs',
      'cryptsetup',
      'lvremove',
      'vgremove',
      'pvremove',
      'lvcreate',
      'dmsetup',
      'btrfs',
      'swapoff',
      'fsfreeze',
      'fstrim',
      'partprobe',
    ].map((name) => [name, disk('HIGH')]),
  ),
};
