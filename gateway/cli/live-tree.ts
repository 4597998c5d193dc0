// The plan as a person watches it: on a terminal a tree that redraws itself below the lines of news, otherwise the lines alone.
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
  readonly now: () => number;
}

export function plainView(out: Writable): LiveView {
  return { line: (text) => void out.write(`${text}\n`), event: () => undefined, clear: () => undefined };
}

export function treeView(report: PlanReport, { out, colour, width, now }: LiveOptions): LiveView {
  const tasks = new Map<string, TaskReport>(report.tasks.map((task) => [task.id, task]));
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    const lines = [...tasks.values()].map((task) => `${markOf(task.status, colour)} ${cutText(taskText(task, now()), width - 3)}`);
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

function taskText({ id, agent, status, steps, startedAt, endedAt }: TaskReport, now: number): string {
  const done = steps.filter((step) => step.status === 'succeeded').length;
  const spent = startedAt === null ? '' : durationText((endedAt ?? now) - startedAt);
  return `${plainText(id).padEnd(18)} ${(agent ?? '').padEnd(14)} ${status.padEnd(17)} ${done}/${steps.length}  ${spent}`.trimEnd();
}
