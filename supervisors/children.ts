// The two kinds of children a supervisor can have answer the same questions: those of a strategy, and dynamic ones.
import type { ChildAnswer, ChildRow, SupervisorMessage } from '../runtime/index.ts';

/** How children begin, and OTP's administration of them. A supervisor calls one at a time, or one at a time per child. */
export interface Children {
  /** Starts those that are there from the beginning. Says why the supervisor cannot start. */
  begin(): Promise<string | undefined>;
  adopt(row: ChildRow): Promise<void>;
  start(message: Extract<SupervisorMessage, { type: 'troupe.start_child' }>): ChildAnswer | Promise<ChildAnswer>;
  terminate(id: string): Promise<ChildAnswer>;
  restart(id: string): Promise<ChildAnswer>;
  delete(id: string): Promise<ChildAnswer>;
}
