// A scenario as one line of Erlang, in the words of otp_driver.erl.
import { type Act, type Child, type Ending, PASS_MS, type Reason, type Scenario, type Worker } from './scenario.ts';

const list = (terms: readonly string[]): string => `[${terms.join(',')}]`;
const tuple = (...terms: readonly unknown[]): string => `{${terms.map(String).join(',')}}`;
const reasonTerm = (reason: Reason): string => (reason === 'shutdown_term' ? '{shutdown,planned}' : reason);

function workerTerm({ id, restart, significant, ending, plan }: Worker): string {
  return tuple('worker', id, restart, ending.shutdown, significant, list(plan), ending.stop);
}

function supervisorTerm(child: Exclude<Child, Worker>): string {
  const { id, intensity, periodS } = child;
  if (child.kind === 'static') return tuple('supervisor', id, child.strategy, intensity, periodS, child.autoShutdown, list(child.children.map(childTerm)));
  return tuple('supervisor', id, 'simple_one_for_one', intensity, periodS, 'never', list([templateTerm(child.template)]));
}

const templateTerm = ({ restart, ending }: { readonly restart: string; readonly ending: Ending }): string => tuple('template', restart, ending.shutdown, ending.stop);

function childTerm(child: Child): string {
  return child.kind === 'worker' ? workerTerm(child) : tuple('child', child.restart, child.significant, supervisorTerm(child));
}

function actTerm(act: Act): string {
  switch (act.do) {
    case 'exit':
      return tuple('exit', act.id, reasonTerm(act.reason));
    case 'together':
      return tuple('together', act.supervisor, list(act.falls.map(({ id, reason }) => tuple(id, reasonTerm(reason)))));
    case 'start':
      return tuple('start', act.supervisor, workerTerm(act.child));
    case 'start_dynamic':
      return tuple('start_dynamic', act.supervisor, act.id, list(act.plan));
    case 'which':
    case 'which_dynamic':
    case 'count':
      return tuple(act.do, act.supervisor);
    case 'kill_supervisor':
      return tuple('kill_supervisor', act.above, act.id);
    case 'pass':
      return tuple('pass', PASS_MS);
    default:
      return tuple(act.do, act.supervisor, act.id);
  }
}

export function erlangLine(number: number, { root, script }: Scenario): string {
  return `${tuple(number, supervisorTerm(root), list(script.map(actTerm)))}.\n`;
}
