import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillShellTemplate, fillTemplate, templatesOf, unplaceableTemplates } from '../../../actors/plan/template.ts';

const variables = {
  lint: { stdout: 'all fine', exitCode: 0, result: { rows: [[7, 'x']], ok: true }, steps: [{ stdout: 'first' }] },
  'run-tests': { stdout: "it's $HOME" },
};
const text = (value: unknown): unknown => {
  const filled = fillTemplate(value, variables);
  return filled.ok ? filled.value : filled;
};

describe('a template', () => {
  it('takes values by path, through objects and lists', () => {
    expect(text('{{lint.stdout}}, {{ lint.steps.0.stdout }}, {{lint.result.rows.0.1}}, {{run-tests.stdout}}')).toBe("all fine, first, x, it's $HOME");
  });

  it('leaves a text a text: numbers and objects are inserted as JSON', () => {
    expect(text('{{lint.exitCode}}')).toBe('0');
    expect(text('{{lint.result}}')).toBe('{"rows":[[7,"x"]],"ok":true}');
    expect(text('{"all":{{lint.result.rows}}}')).toBe('{"all":[[7,"x"]]}');
  });

  it('is filled deep in plain JSON, keys untouched', () => {
    expect(text({ a: ['{{lint.exitCode}}', 1, null, true], '{{lint.stdout}}': { b: 'plain' } })).toEqual({ a: ['0', 1, null, true], '{{lint.stdout}}': { b: 'plain' } });
  });

  it('without a value is named, and nothing is filled', () => {
    expect(text(['ok', 'see {{lint.stderr}}'])).toEqual({ ok: false, field: 'lint.stderr', reason: 'missing' });
    expect(text('{{lint.stdout.length}}')).toEqual({ ok: false, field: 'lint.stdout.length', reason: 'missing' });
  });

  it('reaches no prototype and runs no code', () => {
    expect(text('{{lint.constructor.name}}')).toMatchObject({ reason: 'missing' });
    expect(text('{{lint.__proto__}}')).toMatchObject({ reason: 'missing' });
    expect(text('{{1+1}}')).toEqual({ ok: false, field: '1+1', reason: 'malformed' });
  });

  it('that is escaped stays literal, and a value is never filled again', () => {
    expect(text('{{{{.Names}} of {{lint.stdout}}')).toBe('{{.Names}} of all fine');
    const filled = fillTemplate('{{a.b}}', { a: { b: '{{a.c}}', c: 'secret' } });
    expect(filled).toEqual({ ok: true, value: '{{a.c}}' });
  });

  it('is found with its place', () => {
    expect(templatesOf('x {{a.b}} {{{{c.d}} {{oops}}')).toEqual([
      { span: [2, 9], field: 'a.b', path: ['a', 'b'] },
      { span: [20, 28], field: 'oops', path: null },
    ]);
  });
});

describe('a template in a command', () => {
  const shell = (command: string, value: string) => {
    const filled = fillShellTemplate(command, { a: { b: value } });
    return filled.ok ? filled.value : filled.reason;
  };

  it('becomes one quoted word, in code and within either kind of quotes', () => {
    expect(shell('echo {{a.b}}', "it's; rm -rf /")).toBe(`echo 'it'\\''s; rm -rf /'`);
    expect(shell('echo "got {{a.b}}!"', '$(id)')).toBe(`echo "got "'$(id)'"!"`);
    expect(shell("echo 'got {{a.b}}!'", '$(id)')).toBe(`echo 'got ''$(id)''!'`);
    expect(shell('echo "$(wc -c < "{{a.b}}")" {{a.b}}', '"')).toBe(`echo "$(wc -c < ""'"'"")" '"'`);
  });

  it.each([
    ['a backquote before it', 'echo `cat {{a.b}}`'],
    ['a here-document', 'cat <<EOF\n{{a.b}}\nEOF'],
    ['arithmetic', 'echo $(( {{a.b}} + 1 ))'],
    ['an arithmetic command', '(( {{a.b}} ))'],
    ['a conditional, whose numbers are arithmetic', '[[ {{a.b}} -eq 1 ]]'],
    ['a subscript', 'x[{{a.b}}]=1'],
    ['a subscript in a list', 'x=([{{a.b}}]=1)'],
    ['an expansion with an operator', `echo $\{x:-{{a.b}}}`],
    ['a dollar sign', `echo $\{{a.b}}`],
    ['a backslash', 'echo \\{{a.b}}'],
    ['a backslash within double quotes', 'echo "\\{{a.b}}"'],
    ['a comment', 'true # {{a.b}}'],
    ["$'…'", "echo $'{{a.b}}'"],
    ['a case within a quoted substitution', 'echo "$(case x in x) echo {{a.b}};; esac)"'],
    ['a dollar sign on the line before', 'echo $\\\n{{a.b}}'],
  ])('is refused after %s', (_what, command) => {
    expect(shell(command, 'v')).toBe('unplaceable');
    expect(unplaceableTemplates(command).map(({ field }) => field)).toEqual(['a.b']);
  });

  it('is refused when the value holds a NUL, which no word can', () => {
    expect(shell('echo {{a.b}}', 'a\0b')).toBe('unplaceable');
  });

  it('is not misled by an escaped quote, a comment with a quote, or a word with a hash', () => {
    expect(shell('echo \\" {{a.b}}', 'v')).toBe(`echo \\" 'v'`);
    expect(shell("# don't\necho {{a.b}}", 'v')).toBe("# don't\necho 'v'");
    expect(shell(`echo a#b\\ #"{{a.b}}"`, 'v')).toBe(`echo a#b\\ #""'v'""`);
  });
});

describe('in a real shell', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'troupe-template-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const bash = (command: string): string => {
    try {
      return execFileSync('/bin/bash', ['--noprofile', '--norc', '-c', command], { cwd: dir, env: { PATH: '' }, stdio: ['ignore', 'pipe', 'ignore'], timeout: 5_000 }).toString();
    } catch {
      return '';
    }
  };

  it('every value arrives as the one word it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '"', '$', '(', ')', '`', '\\', '\n', ' ', ';', 'a', '{', '*', '#', '!') }),
        fc.constantFrom('printf "[%s]" {{a.b}}', `printf "[%s]" "{{a.b}}"`, `printf "[%s]" '{{a.b}}'`, `printf '%s' "$(printf "[%s]" "{{a.b}}" end)"`),
        (value, command) => {
          const filled = fillShellTemplate(command, { a: { b: value } });
          if (!filled.ok) throw new Error(filled.reason);
          expect(bash(filled.value)).toMatch(command.includes('end') ? /^\[[\s\S]*\]\[end\]$/ : /^\[[\s\S]*\]$/);
          if (!command.includes('end')) expect(bash(filled.value)).toBe(`[${value}]`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('no value becomes code, whatever stands around it', () => {
    const planted = '\n:>P\n\';:>P;\'";:>P;"$(:>P)`:>P`);:>P;x[$(:>P)]\n';
    const pieces = fc.array(
      fc.constantFrom("'", '"', '\\', ' ', '\n', '$', '(', ')', '#', 'case x in ', 'a', ';', '[', ']', '{', '}', '<', '=', 'echo ', '`', '$(', '"$(', '((', '{{a.b}}'),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        const filled = fillShellTemplate(`${before.join('')}{{a.b}}${after.join('')}`, { a: { b: planted } });
        if (!filled.ok) return;
        bash(filled.value);
        expect(readdirSync(dir)).not.toContain('P');
      }),
      { numRuns: Number(process.env.TROUPE_FUZZ ?? 300) },
    );
  });
});
