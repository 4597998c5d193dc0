import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../actors/plan/plan-file.ts';
import { problemsText } from '../../../actors/source-file/index.ts';

const fleet = {
  agents: [
    { name: 'testing', capabilities: ['test', 'lint'] },
    { name: 'database', capabilities: ['sql'] },
    { name: 'backend-api', capabilities: ['api', 'test'] },
  ],
};
const read = (text: string) => readPlan(text, { file: 'plan.yaml', fleet, baseDir: '/home/ann' });
const plan = (text: string) => {
  const reading = read(text);
  if (!reading.ok) throw new Error(problemsText(reading.problems));
  return reading.plan;
};
const problems = (text: string): string[] => {
  const reading = read(text);
  return reading.ok ? [] : problemsText(reading.problems).split('\n');
};
/** A plan of these tasks, each `id: rest of the task`. */
const tasks = (...lines: string[]): string => ['name: p', 'tasks:', ...lines].join('\n');
const task = (id: string, more = '', steps = '[{ bash: "true" }]'): string => `  - { id: ${id}, agent: testing, ${more === '' ? '' : `${more}, `}steps: ${steps} }`;

const EXAMPLE = `
name: check-and-ship
workspace: ./repo
goal: optional sentence
tasks:
  - id: lint
    agent: testing
    steps:
      - bash: npm run lint
        idempotent: true
        cwd: web
  - id: note
    capability: [api, test]
    needs: [lint]
    retry: { max: 3, baseMs: 500 }
    timeoutMs: 60000
    steps:
      - file: { op: write, path: REPORT.md, content: "{{lint.stdout}}" }
      - api: { method: GET, url: "{{node.health}}" }
      - query: { database: ./app.db, dialect: sqlite, sql: "select count(*) from t where a = ?", params: ["{{lint.exitCode}}"] }
        timeoutMs: 500
      - deploy: { environment: staging, version: "1.2.0", strategy: rolling }
      - message: { to: database, type: note, payload: { text: "{{steps.2.result}}" } }
`;

describe('a plan file', () => {
  it('is read into a plan, with nothing taken to be idempotent but messages', () => {
    expect(plan(EXAMPLE)).toEqual({
      name: 'check-and-ship',
      workspace: '/home/ann/repo',
      goal: 'optional sentence',
      tasks: [
        {
          id: 'lint',
          agent: 'testing',
          needs: [],
          retry: { max: 1, backoff: 'exponential', baseMs: 200 },
          steps: [{ kind: 'bash', payload: { command: 'npm run lint', cwd: 'web' }, idempotent: true }],
        },
        {
          id: 'note',
          capability: ['api', 'test'],
          needs: ['lint'],
          retry: { max: 3, backoff: 'exponential', baseMs: 500 },
          timeoutMs: 60_000,
          steps: [
            { kind: 'file', payload: { op: 'write', path: 'REPORT.md', content: '{{lint.stdout}}' }, idempotent: false },
            { kind: 'api', payload: { method: 'GET', url: '{{node.health}}' }, idempotent: false },
            {
              kind: 'query',
              payload: { database: './app.db', dialect: 'sqlite', sql: 'select count(*) from t where a = ?', params: ['{{lint.exitCode}}'] },
              idempotent: false,
              timeoutMs: 500,
            },
            { kind: 'deploy', payload: { environment: 'staging', version: '1.2.0', strategy: 'rolling' }, idempotent: false },
            { kind: 'message', payload: { to: 'database', type: 'note', payload: { text: '{{steps.2.result}}' } }, idempotent: true },
          ],
        },
      ],
    });
  });

  it('may as well be JSON, indented with tabs', () => {
    const json = JSON.stringify({ name: 'p', workspace: '/w', tasks: [{ id: 'a', capability: 'sql', steps: [{ bash: 'true' }] }] }, null, '\t');
    expect(plan(json)).toMatchObject({ workspace: '/w', tasks: [{ id: 'a', capability: ['sql'] }] });
  });

  it('without a workspace works where it lies', () => {
    expect(plan(tasks(task('a'))).workspace).toBe('/home/ann');
  });

  it('is plain JSON: what was not written is not there', () => {
    const read = plan(EXAMPLE);
    expect(JSON.parse(JSON.stringify(read))).toStrictEqual(read);
  });
});

describe('a wrong plan is refused', () => {
  it('with the line, the column, the field and what was meant, every mistake at once', () => {
    const text = ['name: p', 'taks: []', 'tasks:', '  - id: a', '    agent: testing', '    retry: { max: 0, backof: fixed }', '    steps:', '      - bsh: ls'].join('\n');
    expect(problems(text)).toEqual([
      "plan.yaml:2:1: taks: unknown key: did you mean 'tasks'?",
      'plan.yaml:6:19: tasks[0].retry.max: must be at least 1',
      "plan.yaml:6:22: tasks[0].retry.backof: unknown key: did you mean 'backoff'?",
      "plan.yaml:8:9: tasks[0].steps[0].bsh: unknown key: did you mean 'bash'?",
    ]);
  });

  it.each([
    ['an empty file', '', 'plan.yaml:1:1: is empty'],
    ['a list', '- a', 'plan.yaml:1:1: must be a map of keys, not a list'],
    ['no tasks', 'name: p', 'plan.yaml:1:1: tasks: is missing'],
    ['an empty list of tasks', 'name: p\ntasks: []', 'plan.yaml:2:8: tasks: needs at least 1 item'],
    ['a key twice', 'name: p\nname: q\ntasks: []', "plan.yaml:2:1: key 'name' is written twice"],
    ['a bracket that stays open', 'name: [p\ntasks: x', 'plan.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['an anchor', 'name: &x p\ntasks: *x', 'plan.yaml:1:10: anchor &x: anchors are not taken'],
    ['a tag', 'name: !!str p', 'plan.yaml:1:13: tag tag:yaml.org,2002:str: tags are not taken'],
    ['a directive', '%YAML 1.1\n---\nname: p', 'plan.yaml:1:1: has a %YAML directive: it is read as YAML 1.2 without one'],
    ['brackets without end', '['.repeat(100_000), 'plan.yaml:1:1: is nested more than 100 deep'],
    ['dashes without end', '- '.repeat(100_000), 'plan.yaml:1:1: is nested more than 100 deep'],
    ['endless text', `name: ${'x'.repeat(600_000)}`, 'plan.yaml:1:1: is longer than 524288 characters'],
    ['a word for a duration', tasks(task('a', 'timeoutMs: soon')), "plan.yaml:3:41: tasks[0].timeoutMs: must be a number, not 'soon'"],
    ['a broken duration', tasks(task('a', 'timeoutMs: 1.5')), 'plan.yaml:3:41: tasks[0].timeoutMs: must be a whole number, not 1.5'],
    ['a pause that is longer than any that is kept', tasks(task('a', 'retry: { baseMs: 300001 }')), 'plan.yaml:3:47: tasks[0].retry.baseMs: must be at most 300000'],
    ['a backoff that does not exist', tasks(task('a', 'retry: { backoff: fixd }')), "plan.yaml:3:48: tasks[0].retry.backoff: 'fixd' is not one of them: did you mean 'fixed'?"],
    ['an id with a dot', tasks(task('a.b')), "plan.yaml:3:11: tasks[0].id: is no task id: a letter or digit, then at most 63 letters, digits, '-' and '_'"],
    ['a number that JSON has not', tasks(task('a', '', '[{ api: { url: "http://x", body: .nan } }]')), 'plan.yaml:3:70: is no number that JSON has'],
  ])('for %s', (_what, text, problem) => {
    expect(problems(text)[0]).toBe(problem);
  });

  it.each([
    ['an agent that does not exist', '  - { id: a, agent: tesing, steps: [{ bash: "true" }] }', "tasks[0].agent: no agent 'tesing': did you mean 'testing'?"],
    ['a capability nobody has', '  - { id: a, capability: [tset], steps: [{ bash: "true" }] }', "tasks[0].capability: no agent has 'tset': did you mean 'test'?"],
    ['capabilities nobody has together', '  - { id: a, capability: [sql, lint], steps: [{ bash: "true" }] }', 'tasks[0].capability: no agent has all of sql, lint'],
    ['nobody to take a task', '  - { id: a, steps: [{ bash: "true" }] }', 'tasks[0]: names neither agent nor capability: who should take it?'],
    ['both an agent and a capability', task('a', 'capability: test'), 'tasks[0].capability: names who takes the task, as agent does: keep one of the two'],
    ['a need that is no task', [task('lint'), task('b', 'needs: [lnt]')].join('\n'), "tasks[1].needs[0]: no task 'lnt': did you mean 'lint'?"],
    ['a need twice', [task('a'), task('b', 'needs: [a, a]')].join('\n'), "tasks[1].needs[1]: 'a' is needed twice"],
    ['an id twice', [task('a'), task('a')].join('\n'), "tasks[1].id: 'a' is the id of tasks[0] already"],
    ['an id with another meaning', task('node'), "tasks[0].id: 'node' means something else in templates: choose another id"],
    ['a task that needs itself', task('a', 'needs: [a]'), "tasks[0].needs[0]: 'a' needs itself"],
    [
      'a cycle, which is printed',
      [task('a'), task('b', 'needs: [a, d]'), task('c', 'needs: [b]'), task('d', 'needs: [c]')].join('\n'),
      'tasks[1].needs[1]: a cycle: b needs d needs c needs b',
    ],
    ['a step that does nothing', task('a', '', '[{ idempotent: true }]'), 'tasks[0].steps[0]: does nothing: give it one of bash, file, api, query, deploy, message'],
    ['a step that is two things', task('a', '', '[{ bash: ls, file: { op: read, path: x } }]'), 'tasks[0].steps[0]: is bash and file at once: make it 2 steps'],
    ['a write without content', task('a', '', '[{ file: { op: write, path: x } }]'), 'tasks[0].steps[0].file.content: is missing: write needs it'],
    ['a read with content', task('a', '', '[{ file: { op: read, path: x, content: y } }]'), 'tasks[0].steps[0].file.content: is nothing that read takes'],
    ['a folder for what is no command', task('a', '', '[{ file: { op: read, path: x }, cwd: y }]'), 'tasks[0].steps[0].cwd: is for commands only'],
    ['a URL of another kind', task('a', '', '[{ api: { method: GET, url: "file:///etc/passwd" } }]'), "tasks[0].steps[0].api.url: 'file:///etc/passwd' is no http or https URL"],
    ['a message to nobody', task('a', '', '[{ message: { to: databse, type: x } }]'), "tasks[0].steps[0].message.to: no agent 'databse': did you mean 'database'?"],
    [
      'a message that says how to repeat it',
      task('a', '', '[{ message: { to: database, type: x }, idempotent: false }]'),
      'tasks[0].steps[0].idempotent: is nothing for a message: it goes out once, under its own key',
    ],
  ])('for %s', (_what, lines, problem) => {
    expect(problems(tasks(lines)).map((line) => line.replace(/^plan\.yaml:\d+:\d+: /, ''))).toEqual([problem]);
  });
});

describe('a template in a plan', () => {
  const of = (text: string, before = '{ bash: "true" }') => tasks(task('lint'), task('docs'), task('note', 'needs: [lint]', `[${before}, { bash: 'echo ${text}' }]`));
  const field = 'tasks[2].steps[1].bash: ';
  it.each(['{{lint.stdout}}', '{{ lint.steps.0.exitCode }}', '{{steps.0.stdout}}', '{{node.health}}', '{{plan.id}}', '{{plan.branch}}', '{{{{.Names}}'])('may be %s', (text) => {
    expect(problems(of(text))).toEqual([]);
  });

  it.each([
    ['{{lnt.stdout}}', "names no task: did you mean 'lint'?"],
    ['{{docs.stdout}}', "is not known then: 'note' does not need 'docs'"],
    ['{{note.stdout}}', 'is of this task itself: write {{steps.0.…}}'],
    ['{{steps.1.stdout}}', 'is not known yet: it stands in step 1'],
    ['{{steps.2.stdout}}', "names no step of 'note'"],
    ['{{steps.last.stdout}}', 'names no step: write {{steps.0.stdout}}'],
    ['{{steps.0}}', 'is a whole step: name one of status, stdout, stderr, exitCode, result'],
    ['{{lint.steps.1.stdout}}', "names no step of 'lint': it has 1, from 0"],
    ['{{lint.stdou}}', "is nothing that lint has: did you mean 'stdout'?"],
    ['{{lint.result}}', "has no value: step 0 of 'lint' is a bash step, which has status, stdout, stderr, exitCode"],
    ['{{node.helth}}', "is nothing that node has: did you mean 'health'?"],
    ['{{lint}}', 'is no template: write {{task.field}}, or {{{{ for two braces'],
    ['`{{lint.stdout}}`', 'cannot be inserted there safely: give it a word of its own, away from backquotes, arithmetic, comments and here-documents'],
  ])('may not be %s', (text, problem) => {
    expect(problems(of(text))).toEqual([expect.stringContaining(`: ${field}{{${/\{\{(.*?)\}\}/.exec(text)?.[1]}}} ${problem}`)]);
  });

  it('reaches through needs of needs', () => {
    expect(problems(tasks(task('a'), task('b', 'needs: [a]'), task('c', 'needs: [b]', '[{ bash: "echo {{a.stdout}}" }]')))).toEqual([]);
  });

  it('stands in the params of a query, never in its SQL', () => {
    const query = (more: string) => tasks(task('a'), task('b', 'needs: [a]', `[{ query: { database: d, dialect: sqlite, ${more} } }]`));
    expect(problems(query('sql: "insert into t values (?)", params: ["{{a.stdout}}"]'))).toEqual([]);
    expect(problems(query(`sql: "insert into t values ('{{a.stdout}}')"`))).toEqual([
      'plan.yaml:4:96: tasks[1].steps[0].query.sql: {{a.stdout}} would become part of the SQL: write ? there and give the value in params',
    ]);
  });

  it('is checked deep in what a step carries', () => {
    expect(problems(tasks(task('a', '', '[{ message: { to: database, type: x, payload: { list: ["{{b.stdout}}"] } } }]')))).toEqual([
      expect.stringMatching(/tasks\[0\]\.steps\[0\]\.message\.payload\.list\[0\]: \{\{b\.stdout\}\} names no task/),
    ]);
  });
});

describe('a task in words', () => {
  const words = (id: string, more: string): string => `  - { id: ${id}, ${more} }`;

  it.each([
    ['a guest by name', 'agent: guest.ada, text: look'],
    ['any guest with capabilities that only guests may know', 'capability: [poetry], text: look'],
    ['any guest', 'text: look'],
  ])('may be meant for %s', (_whom, more) => {
    expect(plan(tasks(words('a', more))).tasks).toMatchObject([{ id: 'a', steps: [], text: 'look' }]);
  });

  it('may hold what earlier tasks gave, and its answer may be used behind it', () => {
    const lines = [task('look'), words('judge', `needs: [look], text: "judge {{look.stdout}}"`), task('act', 'needs: [judge]', '[{ bash: "echo {{judge.result}}" }]')];
    expect(problems(tasks(...lines))).toEqual([]);
  });

  it.each([
    [
      'steps beside them',
      'text: look, steps: [{ bash: "true" }]',
      'plan.yaml:3:26: tasks[0].text: says what to do, as steps do: make it two tasks, the words for a guest and the steps for an agent',
    ],
    [
      'an agent that only does steps',
      'agent: testing, text: look',
      "tasks[0].agent: 'testing' takes no tasks in words: name a guest ('guest.testing'), or a capability, or nobody, and any guest may take it",
    ],
    ['both who and what', 'agent: guest.ada, capability: sql, text: look', 'tasks[0].capability: names who takes the task, as agent does: keep one of the two'],
    ['what the node itself gives', 'text: "see {{node.health}}"', 'tasks[0].text: {{node.health}} is not filled in words: only what tasks before this one gave is'],
    ['a task that it does not need', 'text: "see {{b.stdout}}"', "tasks[0].text: {{b.stdout}} is not known then: 'a' does not need 'b'"],
    ['nothing to do', 'agent: testing', 'tasks[0]: does nothing: give it steps, or text for a guest'],
  ])('is refused with %s', (_what, more, problem) => {
    const said = problems(tasks(words('a', more), task('b')));
    expect(said.join('\n')).toContain(problem.replace(/^plan\.yaml:\d+:\d+: /, ''));
  });

  it('has no output of a command', () => {
    expect(problems(tasks(words('a', 'text: look'), task('b', 'needs: [a]', '[{ bash: "echo {{a.stdout}}" }]'))).join()).toContain('{{a.stdout}} is nothing that a has');
  });
});
