// What the tests of the gate ask: the verdict on one action in a workspace that is not there, so that only texts decide.
import { type Assessment, assessRisk, type Facts } from '../../../actors/gate/index.ts';
import { type Action, RISK_LEVELS, type RiskLevel } from '../../../actors/work/types.ts';

export const SURROUNDINGS = { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' };
export const NO_FACTS: Facts = { surroundings: SURROUNDINGS };

export const rank = (level: RiskLevel): number => RISK_LEVELS.indexOf(level);

export const assessCommand = (command: string, cwd?: string): Assessment =>
  assessRisk({ type: 'BASH_COMMAND', payload: { command, ...(cwd === undefined ? {} : { cwd }) } }, NO_FACTS);
export const levelOfCommand = (command: string, cwd?: string): RiskLevel => assessCommand(command, cwd).level;

export const levelOf = (type: string, payload: unknown): RiskLevel => assessRisk({ type, payload } as Action, NO_FACTS).level;
