// Alerts for agents whose sessions were given up: whatever waits for such an agent waits until a person starts it again. Raised when that happens,
// and cleared once it has a session again, or is gone.
import type { System } from '../../runtime/index.ts';
import type { FactFeed } from './fact-feed.ts';
import { agentReportOf, agentReports } from './running-node.ts';

export interface FailedSessionsOptions {
  readonly system: System;
  readonly facts: Pick<FactFeed, 'listen'>;
}

const KIND = 'session';
/** Of an agent in that state, as its facts spell it. */
const FAILED = '"state":"failed"';

/** Returns the end of it. */
export function watchSessions({ system, facts }: FailedSessionsOptions): () => void {
  const raise = (name: string): void => {
    const text = `the session of ${name} ended again and again, and is not started any more: its tasks wait; see \`troupe logs ${name}\`, then \`troupe restart ${name}\``;
    system.raiseAlert({ kind: KIND, severity: 'critical', address: `agents/${name}`, text });
  };
  const clearOld = (): void => {
    for (const { kind, address } of system.alerts()) {
      if (kind === KIND && address !== null && agentReportOf(system, address.slice('agents/'.length))?.state !== 'failed') system.clearAlert(KIND, address);
    }
  };
  clearOld();
  for (const { name, state } of agentReports(system)) if (state === 'failed') raise(name);
  return facts.listen(({ kind, body }) => {
    if (kind !== 'agent.changed') return;
    if (body.includes(FAILED)) raise((JSON.parse(body) as { readonly name: string }).name);
    clearOld();
  });
}
