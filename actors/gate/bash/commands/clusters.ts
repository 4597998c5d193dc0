// What the words of container and cluster tools say together: which of them is the subcommand, and whether all of a namespace goes.
import type { Finding } from '../../../work/types.ts';
import { textOf } from '../arg.ts';
import { type Call, found, type Judge } from '../call.ts';

const COMPOSE_TAKES = /^(-f|--file|-p|--project-name|--profile|--env-file|--project-directory)$/;

/** `compose -f x up` as `compose up -f x`: what stands before the subcommand says where, not what. */
export const composeFirst =
  (judge: Judge): Judge =>
  (call) => {
    if (textOf(call.args[0]) !== 'compose') return judge(call);
    let at = 1;
    while (call.args[at]?.start.startsWith('-') === true) at += COMPOSE_TAKES.test(textOf(call.args[at]) ?? '') ? 2 : 1;
    return judge({ ...call, args: [...call.args.slice(0, 1), ...call.args.slice(at), ...call.args.slice(1, at)] });
  };

/** `said`: how it is asked to only show what it would do. Said once; what else is grave about the call stays so. */
export const rehearsing =
  (judge: Judge, said: RegExp): Judge =>
  (call) => {
    const words = call.args.filter((arg) => /^--(no-)?dry-?run/.test(arg.start));
    const findings = judge(call);
    if (words.length !== 1 || !said.test(textOf(words[0]) ?? '')) return findings;
    return findings.map((each) => (WHAT_IT_DOES.test(each.rule) ? found(call, 'MEDIUM', 'bash-rehearses', `${call.name} only shows what it would do`) : each));
  };
const WHAT_IT_DOES = /^bash-(subcommand|cloud|wipes-namespace)$/;

/** Namespaces that customers, or the cluster itself, live in. */
const VITAL_NAMESPACE = /^(prod(uction)?|live|default|kube-[a-z]+)([-_].*)?$/;

export function wipesNamespace(call: Call): Finding[] {
  const words = call.args.map((arg) => textOf(arg) ?? '');
  const at = words.indexOf('delete');
  if (at === -1) return [];
  const named = words.slice(at + 1).filter((word) => !word.startsWith('-'));
  const wholes = /^(ns|namespaces?)(\/|$)/.test(named[0] ?? '');
  const all = words.some((word) => /^(--all(-namespaces)?(=true)?|-A)$/.test(word));
  const vital = words.some((word) => VITAL_NAMESPACE.test(word.replace(/^(ns|namespaces?)\/|^(-n|--namespace)=?/, '')));
  const everywhere = words.some((word) => /^(--all-namespaces(=true)?|-A)$/.test(word));
  return (wholes && (all || vital)) || (!wholes && all && (vital || everywhere))
    ? [found(call, 'CRITICAL', 'bash-wipes-namespace', `${call.name} removes all that lives in a namespace`)]
    : [];
}
