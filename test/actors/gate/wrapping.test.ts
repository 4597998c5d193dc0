import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessRisk } from '../../../actors/gate/index.ts';
import type { Action } from '../../../actors/work/types.ts';
import { assessCommand, levelOfCommand, NO_FACTS, rank } from './assessing.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const doubled = (text: string): string => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;

/** Simple commands: a wrapper that takes words gets all of one. */
const SIMPLE = [
  'ls -la',
  'cat a.txt',
  'cat .env',
  'cat ../x',
  'rm a.txt',
  'rm -rf lib',
  'rm -rf /',
  'git status',
  'git push -f',
  'git -c a.b=c log',
  'sed -n 1p a',
  "sed '1e id' a",
  'sort -o /etc/x a',
  'npm test',
  'npm publish',
  'curl http://e.com',
  'curl -d x http://e.com',
  'chmod -R 777 /',
  'dd of=/dev/sda',
  'find . -delete',
  'quux x',
  'python3 -c 1',
  'node a.js',
  'kill 1',
  'docker run x',
  'mkdir a',
  'tar xf a',
  'echo hi',
  'sudo ls',
  'eval ls',
  'cp a /etc/b',
  'awk 1 a',
  'tee a',
  'terraform destroy',
  'date -s x',
  'bash x.sh',
  'find / -delete',
  'shred /dev/sda',
];

const WORD_WRAPPERS: readonly ((command: string) => string)[] = [
  (it) => `env ${it}`,
  (it) => `env -i A=1 ${it}`,
  (it) => `nice -n 5 ${it}`,
  (it) => `timeout -k 1 5 ${it}`,
  (it) => `nohup ${it}`,
  (it) => `setsid -w ${it}`,
  (it) => `stdbuf -oL ${it}`,
  (it) => `ionice -c 3 ${it}`,
  (it) => `command ${it}`,
  (it) => `sudo -u x ${it}`,
  (it) => `busybox ${it}`,
  (it) => `time -p ${it}`,
  (it) => `xargs ${it}`,
  (it) => `xargs -0 -n 1 ${it}`,
  // Its mark is not that of find, whose command would be another one with it.
  (it) => `xargs -I% ${it}`,
  (it) => `find . -exec ${it} \\;`,
  (it) => `find . -name x -execdir ${it} {} +`,
  (it) => `strace -f ${it}`,
  (it) => `unshare -r ${it}`,
  (it) => `flock x ${it}`,
  (it) => `npx ${it}`,
  (it) => `LC_ALL=C ${it}`,
  (it) => `FOO=bar ${it}`,
  (it) => `exec ${it}`,
  (it) => `unknown-wrapper ${it}`,
];

/** With blanks inside: two brackets side by side would be arithmetic. */
const SCRIPT_WRAPPERS: readonly ((command: string) => string)[] = [
  (it) => `( ${it} )`,
  (it) => `{ ${it}; }`,
  (it) => `{ ! ${it}; }`,
  (it) => `time ${it}`,
  (it) => `{ ${it} & }`,
  (it) => `ls; ${it}`,
  (it) => `${it}\nls`,
  (it) => `true && ${it} || false`,
  (it) => `ls | ${it}`,
  (it) => `${it} | cat`,
  (it) => `if true; then ${it}; fi`,
  (it) => `for i in 1; do ${it}; done`,
  (it) => `while true; do ${it}; done`,
  (it) => `case x in x) ${it};; esac`,
  (it) => `f() { ${it}; }; f`,
  (it) => `echo "$( ${it} )"`,
  (it) => `echo $( ${it} )`,
  (it) => `cat <(${it})`,
  (it) => `x=$( ${it} )`,
  (it) => `echo \${x:-$( ${it} )}`,
  (it) => `bash -c ${quoted(it)}`,
  (it) => `sh -c ${doubled(it)}`,
  (it) => `eval ${quoted(it)}`,
  (it) => `trap ${quoted(it)} EXIT`,
  (it) => `env -S ${quoted(it)}`,
  (it) => `watch ${quoted(it)}`,
  (it) => `su -c ${quoted(it)}`,
];

/** Has to stand alone: its end is a line. */
const inDocument = (it: string): string => `cat <<E\n$( ${it} )\nE`;

const nested = fc.record({
  command: fc.constantFrom(...SIMPLE),
  words: fc.array(fc.constantFrom(...WORD_WRAPPERS), { maxLength: 2 }),
  scripts: fc.array(fc.constantFrom(...SCRIPT_WRAPPERS), { maxLength: 2 }),
});

const hostile = fc.oneof(
  fc.string({ maxLength: 10_240, unit: 'binary' }),
  fc.string({ maxLength: 10_240, unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '$((',
        '$(',
        '"',
        "'",
        '`',
        '${',
        '}',
        ')',
        '))',
        '<<E\n',
        '\\',
        '\n',
        'ls ',
        'env ',
        'eval ',
        '{',
        '[[',
        '((',
        ';',
        '|',
        '&',
        'a[',
        ']',
        '<(',
        'case x in ',
        'if ',
        'quux ',
      ),
      { maxLength: 3_000 },
    )
    .map((parts) => parts.join('').slice(0, 10_240)),
);

describe('wrapping a command', () => {
  it.each(SIMPLE)('%s is never rated lower for being wrapped', (command) => {
    const level = rank(levelOfCommand(command));
    const lower = [...WORD_WRAPPERS, ...SCRIPT_WRAPPERS, inDocument].map((wrap) => wrap(command)).filter((each) => rank(levelOfCommand(each)) < level);
    expect(lower).toEqual([]);
  });

  it('that hides the value of the next wrapper’s option hides no command (seed -2089763895)', () => {
    expect(levelOfCommand('xargs -I{} xargs -I{} terraform destroy')).toBe('CRITICAL');
    expect(levelOfCommand('xargs -I{} timeout -k{} 5 rm -rf /')).toBe('CRITICAL');
  });

  it('several times over never rates it lower', () => {
    fc.assert(
      fc.property(nested, ({ command, words, scripts }) => {
        const worded = words.reduce((text, wrap) => wrap(text), command);
        const wrapped = scripts.reduce((text, wrap) => wrap(text), worded);
        expect(rank(levelOfCommand(wrapped)), wrapped).toBeGreaterThanOrEqual(rank(levelOfCommand(command)));
      }),
      { numRuns: 400 },
    );
  });

  it('quoting its name and its words changes nothing', () => {
    const spelt = (command: string, spell: (word: string) => string): string => command.split(' ').map(spell).join(' ');
    const plain = SIMPLE.filter((command) => !command.includes("'"));
    const lower = plain.flatMap((command) =>
      [spelt(command, quoted), spelt(command, (word) => `${word[0]}""${word.slice(1)}`), spelt(command, (word) => `$'${word}'`)].filter(
        (each) => rank(levelOfCommand(each)) < rank(levelOfCommand(command)),
      ),
    );
    expect(lower).toEqual([]);
  });
});

describe('assessing', () => {
  it('ends without throwing, with a finding, on ten kilobytes of anything', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const actions = [
          { type: 'BASH_COMMAND', payload: { command: text } },
          { type: 'BASH_COMMAND', payload: { command: 'ls', cwd: text } },
          { type: 'FILE_OPERATION', payload: { op: 'read', path: text } },
          { type: 'API_CALL', payload: { method: 'GET', url: text } },
          { type: 'API_CALL', payload: { method: text, url: 'https://e.com', headers: { [text]: text }, body: text } },
          { type: 'DATABASE_QUERY', payload: { database: text, dialect: 'sqlite', sql: text } },
          { type: 'DATABASE_QUERY', payload: { database: 'a.db', dialect: 'postgres', sql: `select ${text}` } },
          { type: 'DEPLOYMENT', payload: { environment: text, version: text, source: text, target: text } },
        ] as unknown as Action[];
        for (const action of actions) expect(assessRisk(action, NO_FACTS).findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('does not end by running out of stack, however deep the text is nested', () => {
    const deep = ['$(', '"$(', '(', '{ ', '$((', '${x:-', '[[ ( ', 'if ', '`'].map((open) => open.repeat(Math.floor(8_000 / open.length)));
    for (const text of deep) expect(levelOfCommand(text)).toBe('HIGH');
    expect(assessRisk({ type: 'DATABASE_QUERY', payload: { database: 'a', dialect: 'sqlite', sql: `select ${'('.repeat(9_000)}1` } }, NO_FACTS).level).toBe('HIGH');
  });

  it('gives what is not a request of any kind a HIGH', () => {
    for (const action of [
      { type: 'X', payload: {} },
      { type: 'BASH_COMMAND', payload: {} },
      { type: 'FILE_OPERATION', payload: { op: 'x' } },
      { type: 'DATABASE_QUERY', payload: {} },
      { type: 'DEPLOYMENT', payload: {} },
      { type: 'API_CALL', payload: {} },
    ])
      expect(assessRisk(action as unknown as Action, NO_FACTS).level).toBe('HIGH');
  });

  it('is pure: the same request and facts have the same findings, and neither is changed', () => {
    fc.assert(
      fc.property(nested, ({ command, scripts }) => {
        const text = scripts.reduce((inner, wrap) => wrap(inner), command);
        const action: Action = Object.freeze({ type: 'BASH_COMMAND', payload: Object.freeze({ command: text }) });
        const facts = Object.freeze({ ...NO_FACTS });
        expect(assessRisk(action, facts)).toEqual(assessRisk(action, facts));
      }),
      { numRuns: 60 },
    );
  });

  it('says what it found, where in the text, and the worst first', () => {
    const { level, findings } = assessCommand('ls; cat .env');
    expect(level).toBe('HIGH');
    expect(findings[0]).toMatchObject({ rule: 'bash-read-secret', level: 'HIGH', span: [8, 12] });
    expect(findings.map((each) => each.level)).toContain('LOW');
  });
});
