// Every error code in one table: message template, HTTP status, JSON-RPC code (positive: the protocols reserve the negative ones).
// docs/errors.md is held against it both ways by a test.

interface ErrorEntry {
  readonly message: string;
  readonly http: number;
  readonly rpc: number;
}

export const ERRORS = {
  InvalidAddress: { message: "'{address}' is not an address: segment '{segment}' must match [A-Za-z0-9][A-Za-z0-9_.:@-]*", http: 400, rpc: 1001 },
  InvalidMessage: { message: '{field}: {problem}', http: 400, rpc: 1002 },
  InvalidChildSpec: { message: '{path}: {problem}', http: 400, rpc: 1003 },
  InvalidBehaviour: { message: '{address}: {problem}', http: 400, rpc: 1004 },
  InvalidSubject: { message: "subject '{subject}': {problem}", http: 400, rpc: 1009 },
  InvalidConfig: { message: '{source}: {problem}; {fix}', http: 400, rpc: 1011 },
  InvalidInput: { message: '{problem}', http: 400, rpc: 1012 },
  InvalidPlan: { message: 'the plan was refused whole: {problems}', http: 422, rpc: 1013 },
  InvalidPolicy: { message: 'the policy is wrong:{problems}', http: 400, rpc: 1031 },
  InvalidFleet: { message: 'the fleet file was refused: {problems}', http: 422, rpc: 1014 },
  UnreadableFile: { message: '{file} {problem}', http: 400, rpc: 1015 },
  NoSuchActor: { message: "no actor at '{address}'", http: 404, rpc: 1101 },
  AskTimeout: { message: "'{address}' did not reply to {type} within {timeoutMs} ms; it may still act on it", http: 504, rpc: 1102 },
  ActorDown: { message: "'{address}' went down: {reason}", http: 503, rpc: 1103 },
  NameTaken: { message: "'{name}' is registered by {holder}", http: 409, rpc: 1114 },
  MailboxFull: { message: "mailbox of '{address}' is full", http: 429, rpc: 1104 },
  MessageUnhandled: { message: "'{address}' does not take {type} in its present state", http: 409, rpc: 1105 },
  MessagePoisoned: { message: "'{address}' failed {attempts} times on {type}: {cause}", http: 500, rpc: 1106 },
  MessageExpired: { message: '{type} to {address} expired before it was taken', http: 504, rpc: 1107 },
  NoResponders: { message: "nobody listens on '{subject}'", http: 503, rpc: 1108 },
  PayloadTooLarge: { message: "a message of {bytes} bytes on '{subject}': at most {maxBytes} travel", http: 413, rpc: 1109 },
  TransportClosed: { message: 'the {kind} transport is {state}', http: 503, rpc: 1110 },
  CallTimeout: { message: '{method} was not answered within {timeoutMs} ms; it may still be acted on', http: 504, rpc: 1111 },
  CallCancelled: { message: 'the caller gave the call up', http: 499, rpc: 1112 },
  BreakerOpen: { message: "'{name}' failed too often and is left alone; it is tried again within {resetMs} ms", http: 503, rpc: 1113 },
  JournalUnavailable: { message: 'the journal did not confirm the write; its outcome is unknown, retrying under the same id is safe: {cause}', http: 503, rpc: 1201 },
  JournalCorrupt: { message: '{file}: {problem}', http: 500, rpc: 1202 },
  DataDirFull: { message: '{dir} is on a full disk: make room there, or choose another with --data or TROUPE_DATA', http: 507, rpc: 1208 },
  DataDirUnwritable: { message: '{dir} {problem}: choose another with --data or TROUPE_DATA, or give this user write permission', http: 500, rpc: 1205 },
  StaleEpoch: { message: 'a newer node owns this journal (epoch {newer}, ours {ours})', http: 409, rpc: 1203 },
  ActorQuarantined: { message: "'{address}' is quarantined: {reason}; its mail is kept", http: 409, rpc: 1204 },
  ProjectionGap: { message: "'{file}' holds facts up to {position}; fact {got} does not follow: it must be built again", http: 500, rpc: 1206 },
  DataDirInUse: { message: '{dir} is in use by {owner}: stop that node with `troupe down --data {dir}`, or choose another directory with --data', http: 409, rpc: 1207 },
  BackupFailed: { message: 'no backup was made: {problem}', http: 500, rpc: 1241 },
  BackupRefused: { message: "backup '{backup}' was not taken: {problem}", http: 422, rpc: 1242 },
  NoSuchBackup: { message: "no backup '{backup}' in {dir}; `troupe backups` lists them, and a path to one will do", http: 404, rpc: 1243 },
  DataDirNotEmpty: { message: '{dir} holds {files} already: with --force they are set aside first, into {aside}', http: 409, rpc: 1244 },
  RestoreUnfinished: { message: "a restore of '{backup}' into {dir} was cut off: finish it with `troupe restore {backup} --data {dir}`", http: 409, rpc: 1245 },
  EffectInterrupted: { message: 'effect {key} was cut off after it had started; whether it acted is unknown', http: 409, rpc: 1301 },
  EffectDeadline: { message: 'effect {key} did not finish within {deadlineMs} ms', http: 504, rpc: 1302 },
  NodeStopped: { message: 'the node is stopping', http: 503, rpc: 1303 },
  StepRefused: { message: 'step {step} is not accepted: {reason}', http: 409, rpc: 1401 },
  StepFailed: { message: 'a step failed', http: 422, rpc: 1402 },
  Denied: { message: 'denied by {by}: {why}', http: 403, rpc: 1403 },
  ApprovalExpired: { message: 'nobody decided in time', http: 403, rpc: 1404 },
  GateMismatch: { message: 'what was granted is not what was assessed', http: 409, rpc: 1405 },
  FactsChanged: { message: 'a link, or what lies in a folder, is another than when this was assessed: ask again', http: 409, rpc: 1497 },
  Cancelled: { message: 'cancelled by {by}: {why}', http: 409, rpc: 1406 },
  Interrupted: { message: 'cut off: {why}', http: 409, rpc: 1407 },
  Skipped: { message: 'skipped by {by}: {why}', http: 409, rpc: 1408 },
  ResolvedAsFailed: { message: 'called failed by {by}: {why}', http: 409, rpc: 1409 },
  GrantRefused: { message: "the grant of '{approval}' was not given to this execution: {reason}", http: 409, rpc: 1411 },
  TaskTimeout: { message: 'did not end within {timeoutMs} ms', http: 504, rpc: 1410 },
  NoThinkingDriver: {
    message:
      "nobody here thinks about '{text}': it is a bare sentence, and drivers execute steps; let a guest that can do it join (`agent_join`), or write the steps into a plan and run it with `troupe run PLAN`",
    http: 422,
    rpc: 1420,
  },
  NoSuchAgent: { message: "no agent '{agent}'{meant}", http: 404, rpc: 1421 },
  NoSuchPlan: { message: "no plan '{plan}'; `troupe plans` lists them", http: 404, rpc: 1422 },
  NoSuchTask: { message: "no task '{task}'; `troupe tasks` lists them", http: 404, rpc: 1423 },
  NoSuchRequest: { message: "no request '{request}' that can be decided; `troupe approvals` lists those that wait", http: 404, rpc: 1424 },
  AmbiguousTask: { message: "'{task}' is a task of several plans: name it as one of {candidates}", http: 409, rpc: 1425 },
  NotDecided: { message: "the decision on '{request}' was not taken: {reason}", http: 409, rpc: 1426 },
  NotResolved: { message: "'{task}' was not resolved: {reason}", http: 409, rpc: 1427 },
  NotDone: { message: '{what}: {reason}', http: 409, rpc: 1428 },
  NoSuchRule: { message: "no rule '{rule}'; `troupe rules` lists them", http: 404, rpc: 1429 },
  NoSuchRound: { message: "no round '{round}'; `troupe rounds --all` lists them", http: 404, rpc: 1430 },
  VoteRefused: { message: "the vote of '{voter}' in round '{round}' does not count: {reason}", http: 409, rpc: 1431 },
  NotJoined: { message: "'{agent}' is no guest here: {reason}; `agent_join` makes it one", http: 409, rpc: 1434 },
  NotYourGuest: { message: "'{agent}' joined with another token: only who holds that speaks for it", http: 403, rpc: 1435 },
  NotYourTask: { message: "task '{task}' under epoch {epoch}: {reason}", http: 409, rpc: 1436 },
  TooMightyForGuest: {
    message: "a guest may not hold the permission '{permission}', or it could decide on what it asks for: join with a token of the role agent (`troupe token --role agent`)",
    http: 403,
    rpc: 1437,
  },
  TemplateUnfilled: { message: "step {step}: '{{{field}}}' {problem}", http: 422, rpc: 1451 },
  MergeConflict: { message: "'{branch}' does not merge into '{into}': {paths}", http: 409, rpc: 1452 },
  GitFailed: { message: 'git {command} failed in {folder}: {problem}', http: 500, rpc: 1453 },
  MessageRefused: { message: "step {step}: the message to '{to}' was not taken: {problem}", http: 409, rpc: 1454 },
  WorkspaceUnusable: { message: 'workspace {folder} {problem}', http: 422, rpc: 1455 },
  QueryRefused: { message: 'the statement was not run: {problem}', http: 422, rpc: 1461 },
  QueryFailed: { message: '{database}: {problem}', http: 422, rpc: 1462 },
  StepTimeout: { message: 'did not end within {timeoutMs} ms and was ended with all that it had started: give the step a longer timeoutMs', http: 504, rpc: 1463 },
  CommandFailed: { message: 'the command ended with {how}{words}', http: 422, rpc: 1464 },
  CommandUnstartable: { message: '{program} cannot be started: {problem}', http: 422, rpc: 1465 },
  NotContained: { message: 'not run, since it would not be contained: {problem}; install bubblewrap for agents, then start the node again', http: 503, rpc: 1490 },
  SettingMade: { message: '{names} appeared beside what was asked for: tools would run that unasked; ask for it by a step of its own', http: 422, rpc: 1491 },
  OutputLimit: { message: 'ended after {limitBytes} bytes of output: let the command write to a file, or print less', http: 422, rpc: 1466 },
  PathRefused: { message: "'{path}' {problem}: name a place inside the workspace", http: 403, rpc: 1467 },
  FileFailed: { message: '{op} {path}: {problem}', http: 422, rpc: 1468 },
  CallRefused: { message: '{url} was not called: {problem}', http: 422, rpc: 1469 },
  AddressRefused: { message: '{host} leads to {address}, which is not public: if that is meant, name the address itself in the URL', http: 403, rpc: 1470 },
  CallFailed: { message: '{method} {url}: {problem}', http: 502, rpc: 1471 },
  CallAnsweredNo: { message: '{method} {url} was answered {status}', http: 422, rpc: 1472 },
  DeployRefused: { message: "version '{version}' was not deployed: {problem}", http: 409, rpc: 1473 },
  VerificationFailed: { message: "version '{version}' does not hold: {problem}", http: 422, rpc: 1475 },
  DeployRolledBack: { message: '{problem}; {environment} is back at {back}', http: 409, rpc: 1476 },
  DeployStuck: {
    message: "{problem}; '{version}' still runs in {environment}, since its way back failed: {why}; `troupe rollback {deployment}` tries again",
    http: 500,
    rpc: 1477,
  },
  NoSuchDeployment: { message: "no deployment '{deployment}'; `troupe deployments` lists them", http: 404, rpc: 1478 },
  SystemFailed: { message: 'the system said no to {syscall}: {problem}', http: 500, rpc: 1474 },
  NoSession: { message: "'{agent}' has no session{waited}: see `troupe logs {agent}`", http: 503, rpc: 1501 },
  SessionLost: { message: "the session of '{agent}' was lost: {why}", http: 503, rpc: 1502 },
  SessionNotReady: { message: "the session of '{agent}' did not say ready within {readyMs} ms: {binary} {problem}; {fix}", http: 503, rpc: 1503 },
  TerminalFailed: { message: "no {kind} terminal for '{agent}': {problem}; {fix}", http: 503, rpc: 1504 },
  HostSettingMissing: { message: '{variable} {problem}: an agent host is started by its node', http: 500, rpc: 1505 },
  HostRefused: { message: 'the host was refused: {problem}', http: 403, rpc: 1601 },
  ForeignWork: { message: "'{agent}' has no turn of {task}", http: 403, rpc: 1602 },
  PortInUse: { message: 'port {port} ({purpose}) is in use on {host}: end what uses it, or shift all ports with --port-offset or TROUPE_PORT_OFFSET', http: 500, rpc: 1611 },
  PortRefused: { message: 'port {port} ({purpose}) cannot be opened on {host}: {problem}', http: 500, rpc: 1612 },
  NodeNotReady: { message: 'not ready within {withinMs} ms: {problem}', http: 503, rpc: 1613 },
  NodeUnreachable: { message: 'no node answers {where}: start one with `troupe up`{hint}', http: 503, rpc: 1614 },
  NodeStarting: { message: 'the node is starting', http: 503, rpc: 1615 },
  Unauthenticated: { message: 'no valid token: send `Authorization: Bearer` with the token of admin.token in the data directory', http: 401, rpc: 1616 },
  NotPermitted: { message: "{operation} needs the permission '{permission}'", http: 403, rpc: 1617 },
  WebhookFailed: { message: 'the webhook at {origin} took nothing: {problem}', http: 502, rpc: 1642 },
  LoginWanted: {
    message:
      '{operation} takes a person who has logged in: nothing is contained here, and what agents run could find the token file. The link for the first administrator is what `troupe up` prints',
    http: 403,
    rpc: 1641,
  },
  ForeignRequest: { message: 'refused: the {header} header names {value}, which is not this node', http: 403, rpc: 1618 },
  NoSuchRoute: { message: '{method} {path}: no such route', http: 404, rpc: 1619 },
  WrongMethod: { message: '{method} {path}: this path takes {takes}', http: 405, rpc: 1643 },
  TokenRefused: { message: 'the token was refused: {reason}', http: 401, rpc: 1621 },
  LoginNeeded: { message: 'not logged in at {issuer}: {reason}; `troupe login` logs you in', http: 401, rpc: 1631 },
  LoginFailed: { message: 'nobody was logged in at {issuer}: {reason}', http: 403, rpc: 1632 },
  NoSuchLogin: { message: "no login '{login}'; `troupe logins` lists them", http: 404, rpc: 1622 },
  ClientCertificateNeeded: { message: 'this door wants a certificate of its client, of an authority that it knows: {problem}', http: 403, rpc: 1633 },
  TooManyRequests: { message: 'more than {most} requests in a minute: try again in {seconds} s', http: 429, rpc: 1628 },
  NodeBusy: { message: 'the node has more to do than it can: try again in {seconds} s', http: 503, rpc: 1629 },
  TooManyAttempts: { message: 'too many attempts: try again in {seconds} s', http: 429, rpc: 1623 },
  NoSuchUser: { message: "no user '{user}'; `troupe users` lists them", http: 404, rpc: 1624 },
  NoSuchClient: { message: "no client '{client}' that can be removed; `troupe clients` lists them", http: 404, rpc: 1625 },
  TooManyClients: { message: 'there are {most} clients already that registered themselves: `troupe clients remove` makes room', http: 429, rpc: 1626 },
  LinkUsed: { message: 'this link was used, replaced or has expired: `troupe users passwd <name>` makes a new one', http: 410, rpc: 1627 },
  StopIncomplete: { message: 'process {pid} did not end within {withinMs} ms', http: 504, rpc: 1620 },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** An error of the table. `details` are safe to show: no secrets go in. */
export class TroupeError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = code;
    this.code = code;
    this.details = details;
  }
  get httpStatus(): number {
    return ERRORS[this.code].http;
  }
  get rpcCode(): number {
    return ERRORS[this.code].rpc;
  }
}

/** Fills the code's template with `details`. */
export function codedError(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): TroupeError {
  const message = ERRORS[code].message.replace(/\{(\w+)\}/g, (whole, name: string) => (name in details ? String(details[name]) : whole));
  return new TroupeError(code, message, details);
}

export function isCoded(error: unknown, code?: ErrorCode): error is TroupeError {
  return error instanceof TroupeError && (code === undefined || error.code === code);
}
