// Supervision: OTP's supervisors as statecharts over the kernel's child operations.
export { type ChildOptions, dynamicSupervisor, type DynamicSupervisorOptions, supervisor, type SupervisorOptions, worker, type WorkerOptions } from './child-options.ts';
export { STRATEGIES, type Strategy } from './restart-plan.ts';
export type { Template } from './supervisor-work.ts';
export { superviseTree, type TreeNode } from './tree.ts';
