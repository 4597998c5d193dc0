export { isOwnTool } from './api/own-tool.ts';
export { assessAlone } from './assess-alone.ts';
export { assessRisk } from './assess-risk.ts';
export type { Facts } from './facts.ts';
export { createGate } from './gate.ts';
export { NOWHERE } from './nowhere.ts';
export type { Policy, PolicySections } from './policy/policy-file.ts';
export { shippedPolicy } from './policy/shipped-policy.ts';
export type { Assessment } from './verdict.ts';
