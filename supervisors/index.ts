// Supervision: OTP's supervisors as statecharts over the kernel's child operations.
export { type Breaker, type BreakerOptions, type BreakerReport, type BreakerState, breaker } from './breaker.ts';
export { type ChildOptions, type DynamicSupervisorOptions, dynamicSupervisor, type SupervisorOptions, supervisor, type WorkerOptions, worker } from './child-options.ts';
export type { Template } from './dynamic-children.ts';
export { STRATEGIES, type Strategy } from './restart-plan.ts';
export { strategyAt, superviseTree, type TreeNode, type TreeSource, type WholeSource, wholeTree } from './tree.ts';
