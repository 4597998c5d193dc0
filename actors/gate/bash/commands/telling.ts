// Short words with which a program tells its version or how it is used, and does nothing else. The same letter halts the machine elsewhere, so each is listed with
// its programs.
import { textOf } from '../arg.ts';
import { type CommandRule, type CommandTable, found, type Judge, judgeByRule } from '../call.ts';

const TELLING: Readonly<Record<string, string>> = {
  '-V': 'jq fd bat crontab strace ltrace deno top tmux gdb pip poetry composer psql mysql zip rsync cargo rustc ansible',
  '-v': 'docker podman redis-cli bun top strace valgrind',
  '-h': 'python python3 node nc ncat netcat psql npx pip pip3 rsync redis-cli',
  '-version': 'sqlite3 erl scala kotlin gradle mvn java ffmpeg',
};

function programsOf(words: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlySet<string>> {
  const programs = new Map<string, Set<string>>();
  for (const [word, names] of Object.entries(words)) for (const name of names.split(' ')) programs.set(name, (programs.get(name) ?? new Set()).add(word));
  return programs;
}

const telling =
  (rule: CommandRule | Judge, words: ReadonlySet<string>): Judge =>
  (call) => {
    const alone = call.args.length === 1 ? textOf(call.args[0]) : undefined;
    if (alone !== undefined && words.has(alone)) return [found(call, 'LOW', 'bash-reads', `${call.name} tells about itself`)];
    return typeof rule === 'function' ? rule(call) : judgeByRule(rule, call);
  };

export function withTelling(commands: CommandTable): CommandTable {
  const told = [...programsOf(TELLING)].flatMap(([name, words]): [string, Judge][] => {
    const rule = commands[name];
    return rule === undefined ? [] : [[name, telling(rule, words)]];
  });
  return { ...commands, ...Object.fromEntries(told) };
}
