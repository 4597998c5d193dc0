// The plan as a person watches it: on a terminal a tree of agents and their tasks that redraws itself below the lines of news,
// otherwise the lines alone. It is never taller than the terminal, since what has scrolled away cannot be redrawn.
import type { Writable } from 'node:stream';
import { cutText, durationText, markOf, plainText } from '../../actors/plan/report-words.ts';
import type { PlanReport, TaskReport } from '../../actors/work/types.ts';
import type { NodeEvent } from './node-client.ts';

export interface LiveView {
  /** A line of news. */
  line(text: string): void;
  event(event: NodeEvent): void;
  /** Takes the tree away, for a question or for good. */
  clear(): void;
}

export interface LiveOptions {
  readonly out: Writable;
  readonly colour: boolean;
  readonly width: number;
  readonly height: number;
  readonly now: () => number;
}

export function plainView(out: Writable): LiveView {
  return { line: (text) => void out.write(`${text}\n`), event: () => undefined, clear: () => undefined };
}

export function treeView(report: PlanReport, options: LiveOptions): LiveView {
  const { out, width, now } = options;
  const tasks = new Map<string, TaskReport>(report.tasks.map((task) => [task.id, task]));
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    const lines = treeLines([...tasks.values()], now(), options);
    out.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  return {
    clear,
    line(text) {
      clear();
      out.write(`${cutText(text, width - 1)}\n`);
      draw();
    },
    event({ kind, body }) {
      if (kind !== 'task.changed') return;
      tasks.set(String(body.taskId), body.report as TaskReport);
      clear();
      draw();
    },
  };
}

/** Agents in the order of their first task; the line that the cursor stands on stays free. */
function treeLines(tasks: readonly TaskReport[], now: number, { colour, width, height }: LiveOptions): string[] {
  const lines = byAgent(tasks).flatMap(([agent, own]) => [
    agent,
    ...own.map((task, index) => `${index === own.length - 1 ? '└─' : '├─'} ${markOf(task.status, colour)} ${cutText(taskText(task, now), width - 6)}`),
  ]);
  const room = Math.max(1, height - 2);
  return lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`];
}

function byAgent(tasks: readonly TaskReport[]): Array<readonly [agent: string, tasks: readonly TaskReport[]]> {
  const groups = new Map<string, TaskReport[]>();
  for (const task of tasks) {
    const agent = task.agent === null ? 'nobody yet' : plainText(task.agent);
    groups.set(agent, [...(groups.get(agent) ?? []), task]);
  }
  return [...groups];
}

function taskText({ id, status, steps, startedAt, endedAt }: TaskReport, now: number): string {
  const done = steps.filter((step) => step.status === 'succeeded').length;
  const spent = startedAt === null ? '' : durationText((endedAt ?? now) - startedAt);
  return `${plainText(id).padEnd(18)} ${status.padEnd(17)} ${done}/${steps.length}  ${spent}`.trimEnd();
}
