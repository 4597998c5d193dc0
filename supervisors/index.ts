// Supervision: OTP's supervisors as statecharts over the kernel's child operations.
export { type ChildOptions, type DynamicSupervisorOptions, dynamicSupervisor, type SupervisorOptions, supervisor, type WorkerOptions, worker } from './child-options.ts';
export type { Template } from './dynamic-children.ts';
export { STRATEGIES, type Strategy } from './restart-plan.ts';
export { superviseTree, type TreeNode } from './tree.ts';
