// Counts the nodes of a tree while it is read, and notes what a judgement wants to know of the whole before it begins.
import type { Assignment, CommandNode, ParsedScript } from 'unbash';
import type { FindingName } from '../finding-names.ts';

export const LIMITS = { characters: 8_192, openings: 100, nodes: 2_000, commands: 50, depth: 160, scripts: 16 } as const;

export interface Refusal {
  readonly rule: FindingName;
  readonly why: string;
  readonly at?: number;
}

/** What gives variables values. */
export type Setting = Assignment | Extract<CommandNode, { type: 'For' | 'Select' }>;

export interface Census {
  nodes: number;
  commands: number;
  /** Of the node that is being read. */
  depth: number;
  /** Scripts around it, lists of commands counted. */
  scripts: number;
  /** In the order in which they begin. */
  readonly settings: Setting[];
  /** Names of functions, wherever they are defined. */
  readonly functions: string[];
  /** Reads a script that stands within a word. */
  readonly script: (script: ParsedScript, census: Census) => ParsedScript;
  /** The first thing that was wrong. */
  refusal: Refusal | undefined;
}

export const newCensus = (script: Census['script']): Census => ({ nodes: 0, commands: 0, depth: 0, scripts: 0, settings: [], functions: [], script, refusal: undefined });

/** One more node, and into it. False when it is one too many, or something was wrong before. */
export function enter(census: Census): boolean {
  if (census.refusal !== undefined) return false;
  census.nodes += 1;
  if (census.nodes > LIMITS.nodes || census.commands > LIMITS.commands) census.refusal = { rule: 'bash-too-long', why: `more than ${LIMITS.commands} commands, or as much in one` };
  else if (census.depth > LIMITS.depth || census.scripts > LIMITS.scripts) census.refusal = { rule: 'bash-too-deep', why: `nested more than ${LIMITS.scripts} deep` };
  census.depth += 1;
  return census.refusal === undefined;
}

export function leave(census: Census): void {
  census.depth -= 1;
}

export function enterScript(census: Census): boolean {
  census.scripts += 1;
  return enter(census);
}

export function leaveScript(census: Census): void {
  census.scripts -= 1;
  census.depth -= 1;
}
