// The kernel's public surface.
export {
  deferReply,
  demonitor,
  fact,
  joinGroup,
  leaveGroup,
  link,
  monitor,
  registerName,
  reply,
  startChild,
  stopChildAt,
  tell,
  tellGroup,
  unlink,
  unregisterName,
} from './actions.ts';
export { type Address, childAddress, isAddress, isSegment, isWithin, parentAddress, parseAddress, ROOT_ADDRESS } from './address.ts';
export type { ChildPage } from './addressable.ts';
export type { Behaviour, SupervisorBehaviour, WorkerBehaviour } from './behaviour.ts';
export { canonicalJson } from './canonical-json.ts';
export type { ChainPosition } from './chain-flaw.ts';
export { type Backoff, type ChildSpec, RESTART_TYPES, type RestartType, type Shutdown } from './child-spec.ts';
export { type Clock, systemClock } from './clock.ts';
export type { KernelCounts } from './counts.ts';
export type { DeadLetter } from './dead-letters.ts';
export { type Adoption, type CheckArgs, classifySource, type EffectArgs, type EffectSpec, effect, type PresentedOutcome } from './effect.ts';
export { type Envelope, isReservedType, type Message, PRIORITIES, type Priority } from './envelope.ts';
export { codedError, ERRORS, type ErrorCode, isCoded, TroupeError } from './errors.ts';
export { crash, describeExit, type ExitReason, isAbnormal, KILLED, MAX_INTENSITY, NOPROC, NORMAL, SHUTDOWN } from './exit-reason.ts';
export { CHAIN_START, chainFacts } from './fact-chain.ts';
export type { Transition } from './history.ts';
export type { Inspection } from './inspection.ts';
export {
  type ActorImage,
  type ActorRow,
  type AddressPage,
  type AlertRow,
  type ChainRow,
  type ChainStart,
  type ChildRow,
  type CommitBatch,
  type Counters,
  DEAD_LETTER_REASONS,
  type DeadLetterReason,
  type DeadLetterRow,
  type EffectRow,
  type FactRow,
  type Journal,
  JournalFailure,
  type JournalHead,
  type MailRow,
  type Page,
  type ReceiptRow,
  type SlicedPriority,
  type TieRow,
  type TimerPage,
  type TimerPlace,
  type TimerRow,
} from './journal.ts';
export { type BlockReport, describeBlock } from './loop-sight.ts';
export { type WatchdogOptions, watchLoop } from './loop-watchdog.ts';
export { MAILBOX_LIMITS, type MailboxLimits } from './mailbox-bounds.ts';
export { maskSecrets } from './masking.ts';
export { messageId } from './message-id.ts';
export { type Outputs, outputs } from './outputs.ts';
export { builtProgram, packageRoot } from './package-root.ts';
export { RESIDENCY, type ResidencyLimits } from './passivation.ts';
export { type MemoryStore, memoryJournal, memoryStore, sqliteJournal } from './persistence/index.ts';
export { BATCH_LIMITS, type BatchLimits } from './ready-cells.ts';
export type { Down } from './registry.ts';
export { SimulatedClock } from './simulated-clock.ts';
export { readSteps, type StepRecord } from './step-fact.ts';
export { actorSubject, addressOfSubject, groupOfSubject, groupSubject } from './subject.ts';
export type { ChildAnswer, ChildAsk, ChildCounts, ChildInfo, ChildTableView, StartOutcome, SupervisionFact, SupervisorHost, SupervisorMessage } from './supervisor-host.ts';
export { createSystem, System } from './system.ts';
export type { AskOptions, Ref, SystemOptions, TellOptions } from './system-options.ts';
export { ActorLink } from './target.ts';
export type { TelemetryEvent, TelemetryListener } from './telemetry.ts';
export type { Delivery, Transport } from './transport.ts';
export type { Turns } from './turns.ts';
export { type ChainedJournal, type ChainVerdict, startOf, verifyJournal } from './verify-chain.ts';
export { via } from './via.ts';
