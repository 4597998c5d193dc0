export { assessAlone } from './assess-alone.ts';
export { assessRisk } from './assess-risk.ts';
export type { Facts } from './facts.ts';
export { createGate, POLICY } from './gate.ts';
export type { Assessment } from './verdict.ts';
