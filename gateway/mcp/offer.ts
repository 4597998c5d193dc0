// What an MCP server offers, apart from how it is served: a node's operations and resources, or whatever else is put behind the same
// doors. Everything here is computed before a request comes; a request only picks from it.
import type {
  CallToolResult,
  ClientCapabilities,
  CompleteResult,
  GetPromptResult,
  InputRequests,
  InputRequiredResult,
  Prompt,
  RequestStateCodec,
  Resource,
  ResourceTemplateType,
  ServerContext,
  Tool,
} from '@modelcontextprotocol/server';
import type { TroupeError } from '../../runtime/index.ts';
import type { Caller } from '../operations/index.ts';

/** One request as an offer sees it. */
export interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** Undefined on the quick way, which only serves tools that need none. */
  readonly context?: ServerContext;
  /** What the client says that it can do; in the revision without sessions each request says it. */
  readonly capabilities?: ClientCapabilities | undefined;
}

export interface ToolOffer {
  /** In the order in which they are listed. */
  readonly cards: readonly Tool[];
  /** It answers soon, says nothing in between and needs no context. */
  isQuick(tool: string): boolean;
  /** Why the token of this caller does not reach for it, on the way over HTTP, where a client can then ask for more; the refusal is recorded. */
  wanting?(tool: string, caller: Caller): TroupeError | undefined;
  /** Throws `ProtocolError` for a tool that is not there; a tool that fails is a result. */
  call(tool: string, input: Readonly<Record<string, unknown>>, asking: Asking): Promise<CallToolResult | InputRequiredResult>;
}

interface TaskTimes {
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
  readonly statusMessage?: string;
}

/** How work stands that a call has begun. A tool that failed is `completed` with its error for a result; `failed` is what kept it from having one. */
export type TaskSeen = TaskTimes &
  (
    | { readonly status: 'working' | 'cancelled' }
    | { readonly status: 'input_required'; readonly inputRequests: InputRequests }
    | { readonly status: 'completed'; readonly result: CallToolResult }
    | { readonly status: 'failed'; readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  );

/** Work that outlives the call which asked for it: the extension `io.modelcontextprotocol/tasks`. Names of tasks are the offer's own. */
export interface TaskOffer {
  /** The task that a call is answered with, which is there by then; undefined for a call that is answered as it is. */
  begin(tool: string, input: Readonly<Record<string, unknown>>, asking: Asking): Promise<string | undefined>;
  /** Undefined for a task that is not there. */
  see(task: string, asking: Asking): Promise<TaskSeen | undefined>;
  /** Answers to what it asked for; those that it waits for no more are passed over. */
  answer(task: string, responses: Readonly<Record<string, unknown>>, asking: Asking): Promise<void>;
  /** One that has ended stays as it is. */
  cancel(task: string, asking: Asking): Promise<void>;
  /** Calls when the task may stand otherwise than before; returns what ends it. */
  watch(task: string, changed: () => void): () => void;
}

export interface ResourceOffer {
  list(cursor: string | undefined, asking: Asking): Promise<{ readonly resources: Resource[]; readonly nextCursor?: string }>;
  readonly templates: readonly ResourceTemplateType[];
  /** Throws `ResourceNotFoundError`. */
  read(uri: string, asking: Asking): Promise<{ contents: Array<{ uri: string; mimeType?: string; text: string } | { uri: string; mimeType?: string; blob: string }> }>;
}

export interface PromptOffer {
  readonly cards: readonly Prompt[];
  get(prompt: string, input: Readonly<Record<string, string>>, asking: Asking): Promise<GetPromptResult | InputRequiredResult>;
}

export interface Completion {
  readonly ref: { readonly type: 'ref/prompt'; readonly name: string } | { readonly type: 'ref/resource'; readonly uri: string };
  readonly argument: { readonly name: string; readonly value: string };
}

export type McpNews =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  | { readonly kind: 'resource'; readonly uri: string }
  /** Told to whoever is connected in a way that can be told. */
  | { readonly kind: 'push'; readonly method: string; readonly params: Readonly<Record<string, unknown>> };

export interface McpOffer {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly instructions: string;
  /** Signs what clients carry from one round of a request to the next. */
  readonly states: RequestStateCodec<unknown>;
  /** Why nothing can be asked now. */
  notReady(): TroupeError | undefined;
  readonly tools: ToolOffer;
  readonly tasks: TaskOffer;
  readonly resources: ResourceOffer;
  readonly prompts: PromptOffer;
  complete(completion: Completion, asking: Asking): Promise<CompleteResult['completion']>;
  listen(listener: (news: McpNews) => void): () => void;
}
